"""The bill of materials names what is linked into a function, and nothing else."""

import json
import subprocess
import unittest

from support import INFRA


class BillOfMaterials:
    """What is true of each function's bill."""

    linked = {"aws-sdk-connect", "aws-sdk-dynamodb", "aws-lc-sys", "rustls", "broker-core"}

    @classmethod
    def setUpClass(cls):
        cls.bill = json.loads(subprocess.run([INFRA / "sbom", cls.function], check=True, capture_output=True, text=True).stdout)
        cls.names = {component["name"] for component in cls.bill["components"]}

    def test_it_names_what_is_linked(self):
        self.assertEqual(self.bill["metadata"]["component"]["name"], self.function)
        self.assertLessEqual(self.linked, self.names)

    def test_it_does_not_name_what_only_builds_or_tests(self):
        tools = {"cc", "serde_derive", "proptest", "insta", "clap", "brokerctl"}
        stand_ins = {"axum", "s3s", "local-stack"}
        others = tools | stand_ins
        self.assertEqual(others & self.names, set())

    def test_every_reference_names_one_component(self):
        components = [self.bill["metadata"]["component"], *self.bill["components"]]
        references = [component["bom-ref"] for component in components]
        self.assertEqual(len(set(references)), len(references))
        self.assertEqual({entry["ref"] for entry in self.bill["dependencies"]}, set(references))
        for entry in self.bill["dependencies"]:
            self.assertLessEqual(set(entry["dependsOn"]), set(references))

    def test_every_component_has_a_licence(self):
        self.assertEqual([c["name"] for c in self.bill["components"] if "licenses" not in c], [])


class Broker(BillOfMaterials, unittest.TestCase):
    function = "upload-broker"

    def test_it_does_not_name_what_only_the_finisher_links(self):
        self.assertNotIn("aws-sdk-eventbridge", self.names)


class Finisher(BillOfMaterials, unittest.TestCase):
    function = "upload-finisher"
    linked = BillOfMaterials.linked | {"aws-sdk-eventbridge"}


if __name__ == "__main__":
    unittest.main()
