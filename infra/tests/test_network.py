"""Both functions in a VPC and with other endpoints, and where the alarms go."""

import unittest

from support import ENDPOINTS, VPC, main, nested, statements

TOPIC = "arn:aws:sns:eu-west-1:111122223333:operations"
INTERFACES = {
    f"ec2:{operation}"
    for operation in (
        "AssignPrivateIpAddresses",
        "CreateNetworkInterface",
        "DeleteNetworkInterface",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
        "UnassignPrivateIpAddresses",
    )
}


def functions(**parameters):
    """The properties of broker and finisher."""
    stack = main(**parameters)
    return [stack.properties("UploadBroker"), nested("finisher.yaml", stack).properties("UploadFinisher")]


def policies(**parameters):
    """The statements of the roles of broker and finisher."""
    stack = main(**parameters)
    finisher = nested("finisher.yaml", stack).properties("Role")["Policies"]
    return [
        statements(nested("permissions.yaml", stack)),
        [statement for policy in finisher for statement in policy["PolicyDocument"]["Statement"]],
    ]


class Vpc(unittest.TestCase):
    def test_both_functions_are_in_the_vpc_that_is_named(self):
        expected = {name: value.split(",") for name, value in VPC.items()}
        self.assertEqual([found["VpcConfig"] for found in functions(**VPC)], [expected, expected])
        self.assertFalse([found for found in functions() if "VpcConfig" in found])

    def test_lambda_may_make_network_interfaces_as_their_roles_and_their_code_may_not(self):
        for found in policies(**VPC):
            ours = {s["Sid"]: s for s in found if set(s["Action"]) & INTERFACES}
            allow, deny = ours.pop("MakeNetworkInterfaces"), ours.pop("LeaveNetworkInterfacesToLambda")
            self.assertEqual(ours, {})
            self.assertEqual((allow["Effect"], set(allow["Action"])), ("Allow", INTERFACES))
            self.assertNotIn("Condition", allow)
            self.assertEqual((deny["Effect"], set(deny["Action"]), deny["Resource"]), ("Deny", INTERFACES, "*"))
            self.assertEqual(deny["Condition"], {"Null": {"lambda:SourceFunctionArn": "false"}})
        for found in policies():
            self.assertFalse([s for s in found if set(s["Action"]) & INTERFACES])


class Endpoints(unittest.TestCase):
    def test_each_function_gets_the_endpoints_of_the_services_that_it_calls(self):
        expected = {
            "AWS_ENDPOINT_URL_CONNECT": ENDPOINTS["ConnectEndpointUrl"],
            "AWS_ENDPOINT_URL_CONNECTCASES": ENDPOINTS["CasesEndpointUrl"],
            "AWS_ENDPOINT_URL_DYNAMODB": ENDPOINTS["DynamoDbEndpointUrl"],
        }
        finishers = expected | {"AWS_ENDPOINT_URL_EVENTBRIDGE": ENDPOINTS["EventsEndpointUrl"]}
        for function, variables in zip(functions(**ENDPOINTS), (expected, finishers)):
            given = function["Environment"]["Variables"]
            self.assertEqual({name: value for name, value in given.items() if name.startswith("AWS_")}, variables)
        for function in functions():
            self.assertFalse([name for name in function["Environment"]["Variables"] if name.startswith("AWS_")])

    def test_fips_and_a_ca_bundle_are_for_both(self):
        expected = {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_CA_BUNDLE": "/opt/prod/ca.pem"}
        for function in functions(UseFipsEndpoint="true", CaBundle="ca.pem", Environment="prod"):
            given = function["Environment"]["Variables"]
            self.assertEqual({name: value for name, value in given.items() if name.startswith("AWS_")}, expected)


class Topic(unittest.TestCase):
    def test_an_existing_topic_gets_every_alarm_and_no_other_is_made(self):
        stack = main(AlarmTopicArn=TOPIC)
        monitoring = nested("monitoring.yaml", stack)
        self.assertFalse(monitoring.of_type("AWS::SNS::Topic"))
        self.assertFalse(monitoring.of_type("AWS::SNS::Subscription"))
        for name, alarm in monitoring.of_type("AWS::CloudWatch::Alarm").items():
            with self.subTest(name):
                self.assertEqual((alarm["AlarmActions"], alarm["OKActions"]), ([TOPIC], [TOPIC]))
        self.assertEqual(monitoring.resolve(monitoring.template["Outputs"]["TopicArn"]["Value"]), TOPIC)


if __name__ == "__main__":
    unittest.main()
