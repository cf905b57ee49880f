"""The CDK construct deploys the templates of infra/, and renders to the same resources as they do."""

import copy
import functools
import json
import os
import re
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

from support import DOMAIN, INFRA, INSTANCE, ORIGINS, ROOT, Rendered, brokerctl, load, transformed

CDK = INFRA / "cdk"
FUNCTIONS = ("upload-broker", "upload-finisher")
BUCKET = "cdk-hnb659fds-assets-111122223333-eu-west-1"
RULES = {"ConnectInstanceArn": INSTANCE, "CasesDomainArn": DOMAIN, "AllowedOrigins": ORIGINS, "AllowedHeaders": "baggage"}
JWT = {"Authorizer": "jwt", "JwtIssuer": "https://login.example.com", "JwtAudiences": "app,portal", "AllowedHeaders": "",
       "AllowedOrigins": "https://portal.example.com", "ContactLookup": "true"}
# What samconfig.toml would have for each stack of infra/cdk/test/app.mts that has an API of its own.
WITH_SAM = {
    "Plain": {},
    "Jwt": JWT,
    "Iam": {"ApiType": "rest", "Authorizer": "iam", "AllowedOrigins": "", "AllowedHeaders": "", "DeleteAllowed": "false", "ApiKeyRequired": "true"},
    "Apps": {"AllowedOrigins": "capacitor://localhost,https://portal.example.com", "AllowedHeaders": "", "CorsBy": "broker", "SharedState": "pace"},
    "Company": {
        "Environment": "prod", "Architecture": "arm64", "Deployment": "Canary10Percent5Minutes", "DenyInvokeRoles": "admin,developer",
        "ReservedConcurrency": "20", "DetailedMetrics": "true", "KmsKeyArn": "arn:aws:kms:eu-west-1:111122223333:key/k-1",
        "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/boundary", "RolePath": "/apps/",
        "AlarmTopicArn": "arn:aws:sns:eu-west-1:111122223333:alarms",
        "SubnetIds": "subnet-11111111,subnet-22222222", "SecurityGroupIds": "sg-11111111",
    },
    "ExistingRole": {"ExistingRoleArn": "arn:aws:iam::111122223333:role/apps/broker"},
}
# The parameters of infra/routes-http.yaml for each stack with an API that exists, and the broker's base path there.
ROUTES = {
    "InToken": ({"Prefix": "/customer/attachments", "StageName": "prod"}, "/prod/customer/attachments"),
    "InJwt": ({"AuthorizationType": "JWT", "AuthorizerId": "<UploadsSignIn>"}, ""),
    "InUserPool": ({"AuthorizationType": "JWT", "AuthorizerId": "<UploadsSignIn>"}, ""),
    "InIam": ({"AuthorizationType": "AWS_IAM"}, ""),
    "InLambda": ({"AuthorizationType": "CUSTOM", "AuthorizerId": "<UploadsSignIn>", "PayloadFormatVersion": "1.0"}, ""),
    "InApps": ({"CorsBy": "broker"}, "/of/their/domain"),
}


@functools.cache
def programs():
    """The path with Node, npm and the CDK, whose packages tools/cdk installs."""
    tools = ([ROOT / "tools/cdk"], [ROOT / "tools/venv", "node"])
    found = [subprocess.run(tool, check=True, stdout=subprocess.PIPE, text=True).stdout.strip() for tool in tools]
    return ":".join([*found, os.environ["PATH"]])


def node(command, **given):
    """The output of a command in infra/cdk."""
    answer = subprocess.run(command, cwd=CDK, env=os.environ | {"PATH": programs()} | given, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise AssertionError(answer.stdout + answer.stderr)
    return answer.stdout


@functools.cache
def code():
    """A folder with zips in place of the compiled functions."""
    folder = tempfile.mkdtemp()
    for function in FUNCTIONS:
        with zipfile.ZipFile(Path(folder, f"{function}.zip"), "w") as archive:
            archive.writestr("bootstrap", function)
    return folder


class Assembly:
    """A `cdk.out`: its stacks, and the assets by their object keys."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.stacks = {path.name.removesuffix(".template.json"): json.loads(path.read_text()) for path in self.folder.glob("*.template.json")}
        self.assets = {}
        for path in self.folder.glob("*.assets.json"):
            for asset in json.loads(path.read_text())["files"].values():
                for destination in asset["destinations"].values():
                    self.assets[destination["objectKey"]] = self.folder / asset["source"]["path"]

    def nested(self, stack):
        """Each nested stack of a stack: its template's name, its template, and its parameters."""
        rendered = Rendered({"Resources": {n: r for n, r in self.stacks[stack]["Resources"].items() if r["Type"] == "AWS::CloudFormation::Stack"}}, {})
        return {self.name_of(p["TemplateURL"]): p for p in rendered.of_type("AWS::CloudFormation::Stack").values()}

    def template(self, url):
        return json.loads(self.object(*url.removeprefix("https://s3.eu-west-1.amazonaws.com/").split("/")).read_text())

    def object(self, bucket, key):
        """The file of an object that a template names."""
        assert bucket == BUCKET and self.assets[key].exists(), (bucket, key)
        return self.assets[key]

    def name_of(self, url):
        """The file of infra/ that a template came from, by its description."""
        description = self.template(url)["Description"]
        (name,) = (path.name for path in INFRA.glob("*.yaml") if load(path.name).get("Description") == description)
        return name


class Sources:
    """The templates of infra/ with addresses in place of the names of files."""

    def template(self, url):
        template = load(url.rpartition("/")[2])
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            for member in ("CodeUri", "ContentUri"):
                if member in properties:
                    properties[member] = f"s3://bucket/{Path(properties[member]).name}"
            if "Location" in properties:
                properties["Location"] = "https://s3.amazonaws.com/bucket/" + properties["Location"]
        return template

    def object(self, _, key):
        return Path(key)


def resources(source, url, given, path="", objects=None):
    """Every resource of a stack and of the stacks that it nests, by its path. `objects` gets what each has in a bucket."""
    template = source.template(url)
    if "Transform" in template:
        # It refuses the path of a file.
        template = transformed(template, given)
    found = {}
    for name, resource in Rendered(template, given).resources.items():
        properties = resource["Properties"]
        for member in ("Code", "Content"):
            if "S3Key" in properties.get(member, {}):
                stored = properties.pop(member)
                (objects if objects is not None else {})[without_hashes(path + name)] = source.object(stored["S3Bucket"], stored["S3Key"])
        if "TemplateURL" in properties:
            parameters = {k: ",".join(v) if isinstance(v, list) else str(v) for k, v in properties["Parameters"].items()}
            found |= resources(source, properties.pop("TemplateURL"), parameters, f"{path}{name}/", objects)
            # The construct's own parameter, and the tag of an application of SAM.
            properties["Parameters"].pop("AssetBucket", None)
            properties.pop("Tags", None)
        found[path + name] = {key: value for key, value in resource.items() if key not in ("Metadata", "Condition")}
    return without_hashes(found)


def without_hashes(found):
    """SAM ends the names of versions and layers in a hash of what they have, and those of deployments in one of the time."""
    named = re.sub(r"(UploadBrokerVersion|Rules|ApiDeployment)[0-9a-f]{10}\b", r"\1", json.dumps(found))
    return json.loads(re.sub(r"(RestApi deployment id: )[0-9a-f]{40}", r"\1", named))


class Construct(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        node(["node", "test/app.mts"], CODE=code(), CDK_OUTDIR=folder.name)
        cls.assembly = Assembly(folder.name)

    def by_cdk(self, nested, objects=None, **changed):
        return resources(self.assembly, nested["TemplateURL"], nested["Parameters"] | changed, objects=objects)

    def test_every_stack_has_the_resources_of_the_sam_template(self):
        for stack, parameters in WITH_SAM.items():
            with self.subTest(stack):
                nested = self.assembly.nested(stack)
                self.assertEqual(set(nested), {"template.yaml"})
                found = self.by_cdk(nested["template.yaml"])
                self.assertEqual(found, resources(Sources(), "template.yaml", RULES | parameters))
                self.assertLessEqual({"UploadBroker", "LogGroup", "Monitoring/InitErrors"}, set(found))

    def test_an_api_that_exists_gets_the_routes_of_the_sam_template(self):
        for stack, (parameters, base_path) in ROUTES.items():
            with self.subTest(stack):
                nested = self.assembly.nested(stack)
                self.assertEqual(set(nested), {"template.yaml", "routes-http.yaml"})
                routes = nested["routes-http.yaml"]
                named = {name: re.sub(r"(Uploads(?:SignIn|Broker))[0-9A-F]{8}", r"\1", value) for name, value in routes["Parameters"].items()}
                expected = {"ApiId": "a1b2c3", "FunctionArn": "<UploadsBroker.Outputs.AliasArn>"} | parameters
                self.assertEqual(self.by_cdk(routes, **named), resources(Sources(), "routes-http.yaml", expected))
                found = self.by_cdk(nested["template.yaml"])
                self.assertEqual(found["UploadBroker"]["Properties"]["Environment"]["Variables"]["BASE_PATH"], base_path)
                self.assertEqual([name for name in found if "Api" in name], [])

    def test_the_programs_are_those_that_were_given_and_the_layer_has_the_rules(self):
        objects = {}
        self.by_cdk(self.assembly.nested("Company")["template.yaml"], objects)
        for function, path in {"upload-broker": "UploadBroker", "upload-finisher": "Finisher/UploadFinisher"}.items():
            with self.subTest(function):
                self.assertEqual(objects.pop(path).read_bytes(), Path(code(), f"{function}.zip").read_bytes())
        files = {name: {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} for name, folder in objects.items()}
        self.assertEqual(files, {"Rules": {"prod/broker.toml"}, "PreTraffic": {"pre_traffic.py"}})

    def test_a_change_of_the_rules_alone_publishes_a_version(self):
        broker = self.assembly.nested("Plain")["template.yaml"]
        template = self.assembly.template(broker["TemplateURL"])
        versions = set()
        for key in ("one.zip", "two.zip"):
            template["Resources"]["Rules"]["Properties"]["ContentUri"]["Key"] = key
            found = transformed(copy.deepcopy(template), broker["Parameters"])["Resources"]
            versions |= {name for name, resource in found.items() if resource["Type"] == "AWS::Lambda::Version"}
        self.assertEqual(len(versions), 2)

    def test_parameters_and_rules_agree_as_check_settings_judges(self):
        with tempfile.TemporaryDirectory() as folder:
            sections = []
            for stack in WITH_SAM:
                given = self.assembly.nested(stack)["template.yaml"]["Parameters"] | {"Environment": stack.lower()}
                given.pop("AssetBucket")
                overrides = json.dumps([f"{name}={value}" for name, value in given.items()])
                sections.append(f"[{stack}.deploy.parameters]\nparameter_overrides = {overrides}\n")
                (Path(folder, stack.lower())).mkdir()
                Path(folder, stack.lower(), "broker.toml").write_text(rules_of(stack).read_text())
            Path(folder, "samconfig.toml").write_text("".join(sections))
            given = os.environ | {"BROKERCTL": brokerctl(), "UPLOAD_BROKER_CONFIG": folder}
            answer = subprocess.run([INFRA / "check-settings", "--examples"], env=given, capture_output=True, text=True, check=False)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""), answer.stdout)


def rules_of(stack):
    (name,) = re.findall(rf'broker\("{stack}", .*?rules\("(\w+)"\)', (CDK / "test/app.mts").read_text(), re.DOTALL)
    return CDK / f"test/rules/{name}.toml"


class Package(unittest.TestCase):
    def test_it_has_templates_types_and_the_hook_but_no_sources(self):
        packed = json.loads(node(["npm", "pack", "--dry-run", "--json", "--ignore-scripts"]))
        (package,) = packed.values() if isinstance(packed, dict) else packed
        files = {file["path"] for file in package["files"] if not file["path"].startswith("functions/")}
        expected = {"LICENSE", "README.md", "package.json", "dist/templates.json", "dist/assets/hook/pre_traffic.py", "dist/index.js", "dist/index.d.ts"}
        self.assertLessEqual(expected, files)
        others = {path for path in files - expected if not re.fullmatch(r"dist/(generated/)?[a-z-]+\.(js|d\.ts)", path)}
        self.assertEqual(others, set())

    def test_types_and_refusals(self):
        node(["tsc"])
        node(["node", "--test", "test/*.test.mts"], CODE=code())

    def test_the_example_is_synthesised_by_the_cli_without_a_network(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "home").mkdir()
            offline = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "CDK_DISABLE_CLI_TELEMETRY": "true", "HOME": f"{folder}/home",
                       "UPLOAD_BROKER_CACHE": os.environ.get("UPLOAD_BROKER_CACHE") or str(Path.home() / ".cache/upload-broker")}
            command = f"cd example && cdk synth --quiet --no-notices --output {folder}/cdk.out --context release={code()}"
            node(["sh", "-c", command], **offline)
            nested = Assembly(f"{folder}/cdk.out").nested("Uploads")
            self.assertEqual(set(nested), {"template.yaml", "routes-http.yaml"})
            self.assertEqual(nested["routes-http.yaml"]["Parameters"]["Prefix"], "/attachments")


if __name__ == "__main__":
    unittest.main()
