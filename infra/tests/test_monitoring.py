"""Alarms and dashboard."""

import json
import unittest

from support import ROOT, main, nested

METRICS = {
    "Starts", "Completes", "Refusals", "Throttles", "UpstreamLatency", "UpstreamAccessDenied", "Retries", "KeySetAge",
    "ColdStart", "RequestLatency",
}
ASKED_FOR = {
    "RefusalSpike", "UpstreamAccessDenied", "ThrottleRate", "SlowRequests", "InitErrors", "NeverCompleted",
}


def monitoring(**parameters):
    return nested("monitoring.yaml", main(**parameters))


def metrics_of(alarm):
    """Namespace, name and dimensions of what an alarm looks at."""
    single = [alarm] if "MetricName" in alarm else []
    several = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
    for metric in single + several:
        dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
        yield metric["Namespace"], metric["MetricName"], dimensions


class Monitoring(unittest.TestCase):
    def test_every_alarm_tells_the_topic_and_has_an_entry_in_the_runbook(self):
        alarms = monitoring().of_type("AWS::CloudWatch::Alarm")
        self.assertLessEqual(ASKED_FOR, set(alarms))
        runbook = (ROOT / "docs/runbook.md").read_text()
        for name, alarm in alarms.items():
            with self.subTest(name):
                self.assertEqual(alarm["AlarmActions"], ["<Topic>"])
                self.assertEqual(alarm["TreatMissingData"], "notBreaching")
                self.assertIn(f"docs/runbook.md#{name.lower()}", alarm["AlarmDescription"])
                self.assertIn(f"\n## {name}\n", runbook)

    def test_alarms_look_at_metrics_that_exist(self):
        for name, alarm in monitoring(Environment="prod").of_type("AWS::CloudWatch::Alarm").items():
            for namespace, metric, dimensions in metrics_of(alarm):
                with self.subTest(name, metric=metric):
                    if metric.startswith("InitErrors-"):
                        self.assertEqual((namespace, dimensions), ("UploadBroker", {}))
                    elif namespace == "UploadBroker":
                        self.assertIn(metric, METRICS)
                        self.assertEqual(dimensions, {"Stage": "prod"})
                    else:
                        self.assertEqual((namespace, dimensions), ("AWS/Lambda", {"FunctionName": "<UploadBroker>"}))

    def test_init_errors_are_counted_where_the_alarm_looks(self):
        found = monitoring()
        (transformation,) = found.properties("InitErrorFilter")["MetricTransformations"]
        alarm = found.properties("InitErrors")
        self.assertEqual(transformation["MetricName"], alarm["MetricName"])
        self.assertEqual(transformation["MetricNamespace"], alarm["Namespace"])

    def test_the_dashboard_is_json_and_shows_every_metric(self):
        body = json.loads(monitoring().properties("Dashboard")["DashboardBody"])
        shown = json.dumps(body)
        self.assertEqual({metric for metric in METRICS if metric not in shown}, set())

    def test_an_address_is_subscribed_where_one_is_given(self):
        self.assertNotIn("Email", monitoring().resources)
        self.assertEqual(monitoring(AlarmEmail="ops@example.com").properties("Email")["Endpoint"], "ops@example.com")


if __name__ == "__main__":
    unittest.main()
