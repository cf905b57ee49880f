"""The alarms and the dashboard."""

import json
import re
import unittest

from support import ROOT, main, nested


def documented(heading):
    """Dimension sets of each metric, from the page. tests/end-to-end/tests/telemetry compares the page with the function."""
    section = (ROOT / "docs/operations.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| \w+ \| ([\w;, ]+) \|", section, re.MULTILINE)
    return {name: {frozenset(dimensions.split(", ")) for dimensions in sets.split("; ")} for name, sets in rows}


METRICS = documented("Metrics")
FINISHER_METRICS = documented("Metrics of the finisher")
ASKED_FOR = {
    "RefusalSpike", "UpstreamAccessDenied", "ThrottleRate", "SlowRequests", "InitErrors", "NeverCompleted",
    "PaceUnavailable", "RowsUnreadable", "UploadsNotRecorded", "FinisherFailing", "UploadsOverdue", "UploadsUnreadable",
    "EventsFailed",
}
FINISHERS = {"FinisherFailing", "UploadsOverdue", "UploadsUnreadable", "EventsFailed"}
FINISHER = "<Finisher.Outputs.FunctionName>"


def monitoring(**parameters):
    return nested("monitoring.yaml", main(**parameters))


def metrics_of(alarm):
    """Namespace, name and dimensions of each metric of an alarm."""
    single = [alarm] if "MetricName" in alarm else []
    several = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
    for metric in single + several:
        dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions", [])}
        yield metric["Namespace"], metric["MetricName"], dimensions


def key_of(stat):
    """The metric's name, its code if it has one, and the statistic."""
    codes = [d["Value"] for d in stat["Metric"]["Dimensions"] if d["Name"] == "Code"]
    return (stat["Metric"]["MetricName"], *codes, stat["Stat"])


def judged(alarm, values):
    """Value of the alarm's expression, or None if a metric has no value and is not filled."""
    (expression,) = (m["Expression"] for m in alarm["Metrics"] if "Expression" in m)
    stats = {m["Id"]: m["MetricStat"] for m in alarm["Metrics"] if "MetricStat" in m}
    given = {name: values.get(key_of(stat)) for name, stat in stats.items()}
    filled = re.findall(r"FILL\((\w+), 0\)", expression)
    if any(value is None and name not in filled for name, value in given.items()):
        return None
    in_python = re.sub(r"^IF\((.+), (.+), (.+)\)$", r"(\2) if (\1) else (\3)", expression)
    return eval(in_python, {"FILL": lambda value, other: value or other}, given)


def is_raised(name, values):
    alarm = monitoring().properties(name)
    found = judged(alarm, values)
    # Missing data does not raise the alarm: a test above checks that.
    return found is not None and found > alarm["Threshold"]


def shown_by(widget):
    """Namespace, name and names of the dimensions of each metric of a widget; "." and "..." repeat the previous row."""
    before = []
    for row in widget["properties"]["metrics"]:
        if "expression" in row[0]:
            names, metric = re.search(r"\{([\w,]+)\} MetricName=\"(\w+)\"", row[0]["expression"]).groups()
            namespace, *dimensions = names.split(",")
            yield namespace, metric, frozenset(dimensions)
            continue
        cells = [cell for cell in row if isinstance(cell, str)]
        cells = before if cells == ["..."] else [old if new == "." else new for new, old in zip(cells, before + cells)]
        yield cells[0], cells[1], frozenset(cells[2::2])
        before = cells


class Monitoring(unittest.TestCase):
    def test_every_alarm_notifies_the_topic_and_has_an_entry_in_the_runbook(self):
        alarms = monitoring().of_type("AWS::CloudWatch::Alarm")
        self.assertLessEqual(ASKED_FOR, set(alarms))
        runbook = (ROOT / "docs/runbook.md").read_text()
        for name, alarm in alarms.items():
            with self.subTest(name):
                self.assertEqual(alarm["AlarmActions"], ["<Topic>"])
                # A finisher that nobody starts writes no metric.
                self.assertEqual(alarm["TreatMissingData"], "breaching" if name == "FinisherFailing" else "notBreaching")
                self.assertIn(f"docs/runbook.md#{name.lower()}", alarm["AlarmDescription"])
                self.assertIn(f"\n## {name}\n", runbook)

    def test_without_a_finisher_there_is_no_alarm_about_it_and_no_widget(self):
        self.assertLessEqual(FINISHERS, set(monitoring().resources))
        for state in ("pace", "off"):
            with self.subTest(state):
                found = monitoring(SharedState=state)
                self.assertEqual((FINISHERS | {"UploadsNotRecorded"}) & set(found.resources), set())
                body = json.loads(found.properties("Dashboard")["DashboardBody"])
                self.assertNotIn("Ends of uploads", str(body))

    def test_alarms_use_metrics_that_this_stacks_functions_write(self):
        for name, alarm in monitoring().of_type("AWS::CloudWatch::Alarm").items():
            for namespace, metric, dimensions in metrics_of(alarm):
                with self.subTest(name, metric=metric):
                    if metric.startswith("InitErrors-"):
                        self.assertEqual((namespace, dimensions), ("UploadBroker", {}))
                    elif namespace == "UploadBroker":
                        written = FINISHER_METRICS if name in FINISHERS else METRICS
                        self.assertIn(frozenset(dimensions), written[metric])
                        self.assertEqual(dimensions["FunctionName"], FINISHER if name in FINISHERS else "<UploadBroker>")
                    elif name != "NewVersionErrors":
                        function = FINISHER if name in FINISHERS else "<UploadBroker>"
                        self.assertEqual((namespace, dimensions), ("AWS/Lambda", {"FunctionName": function}))

    def test_a_canary_is_judged_by_the_new_versions_answers_to_callers_of_the_alias(self):
        stack = main()
        ((version, _),) = stack.of_type("AWS::Lambda::Version").items()
        ((namespace, metric, dimensions),) = metrics_of(monitoring().properties("NewVersionErrors"))
        self.assertEqual((namespace, metric), ("AWS/Lambda", "Errors"))
        self.assertEqual(dimensions, {
            "FunctionName": "<UploadBroker>",
            "Resource": "<UploadBroker>:live",
            "ExecutedVersion": f"<{version}.Version>",
        })

    def test_one_event_that_anybody_can_cause_raises_no_alarm(self):
        for name, (breaching, minutes) in {
            "FunctionErrors": (3, 5),
            "UpstreamAccessDenied": (3, 5),
            "NewVersionErrors": (2, 5),
        }.items():
            with self.subTest(name):
                alarm = monitoring().properties(name)
                found = (alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"], alarm["Period"])
                self.assertEqual(found, (breaching, minutes, 60))

    def test_the_throttle_rate_counts_attempts(self):
        starts, throttles, attempts = ("Starts", "Sum"), ("Throttles", "Sum"), ("UpstreamLatency", "SampleCount")
        for what, values, expected in [
            ("everything is throttled, so nothing starts", {throttles: 60, attempts: 60}, True),
            ("one start comes through", {starts: 1, throttles: 60, attempts: 61}, True),
            ("over a tenth", {starts: 50, throttles: 12, attempts: 110}, True),
            ("a tenth", {starts: 50, throttles: 11, attempts: 110}, False),
            ("nothing is throttled", {starts: 50, attempts: 110}, False),
            ("too few to judge", {throttles: 10, attempts: 10}, False),
        ]:
            with self.subTest(what):
                self.assertIs(is_raised("ThrottleRate", values), expected)

    def test_waits_in_line_are_no_refusals(self):
        refusals, waits = ("Refusals", "Sum"), ("Refusals", "too-many-requests", "Sum")
        for what, values, expected in [
            ("a burst that waits in line", {refusals: 1200, waits: 1100}, False),
            ("refusals beside a burst", {refusals: 1200, waits: 1099}, True),
            ("refusals and no 429", {refusals: 101}, True),
            ("few refusals", {refusals: 100}, False),
        ]:
            with self.subTest(what):
                self.assertIs(is_raised("RefusalSpike", values), expected)
        source = (ROOT / "docs/api.md").read_text()
        self.assertIn("| `too-many-requests` | 429 |", source)

    def test_uploads_that_nobody_completes_raise_an_alarm(self):
        starts, completes = ("Starts", "Sum"), ("Completes", "Sum")
        for values, expected in [
            ({starts: 11, completes: 0}, True),
            ({starts: 11, completes: 9}, False),
            ({starts: 10, completes: 0}, False),
            ({}, False),
        ]:
            with self.subTest(values):
                self.assertIs(is_raised("NeverCompleted", values), expected)

    def test_a_table_that_does_not_answer_raises_an_alarm_by_its_share_and_not_by_one_call(self):
        unanswered, requests = ("PaceUnavailable", "Sum"), ("RequestLatency", "SampleCount")
        for what, values, expected in [
            ("one instance that answers all that RateLimit admits", {unanswered: 120, requests: 6000}, True),
            ("one call in a hundred", {unanswered: 60, requests: 6000}, False),
            ("every call of few requests", {unanswered: 10, requests: 10}, False),
            ("no call", {requests: 6000}, False),
        ]:
            with self.subTest(what):
                self.assertIs(is_raised("PaceUnavailable", values), expected)
        self.assertEqual(monitoring().properties("PaceUnavailable")["DatapointsToAlarm"], 3)

    def test_one_row_that_cannot_be_read_raises_an_alarm(self):
        # The finisher leaves such a row alone and counts it in each run.
        for name, statistic in {"RowsUnreadable": "Sum", "UploadsUnreadable": "Maximum"}.items():
            with self.subTest(name):
                alarm = monitoring().properties(name)
                found = (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"])
                self.assertEqual(found, ("RowsUnreadable", statistic, 0))
                self.assertEqual((alarm["ComparisonOperator"], alarm["DatapointsToAlarm"]), ("GreaterThanThreshold", 1))

    def test_a_finisher_whose_runs_all_fail_or_never_begin_raises_an_alarm(self):
        runs, failed = ("Invocations", "Sum"), ("Errors", "Sum")
        alarm = monitoring().properties("FinisherFailing")
        self.assertEqual((alarm["ComparisonOperator"], alarm["TreatMissingData"]), ("LessThanThreshold", "breaching"))
        for what, values, expected in [
            ("every run fails", {runs: 5, failed: 5}, True),
            ("one run ends well", {runs: 5, failed: 4}, False),
            ("no run begins", {}, True),
        ]:
            with self.subTest(what):
                found = judged(alarm, values)
                self.assertIs(found is None or found < alarm["Threshold"], expected)

    def test_the_stale_key_alarm_is_later_than_a_refresh_and_earlier_than_the_end_of_an_instance(self):
        source = (ROOT / "crates/broker-token/src/keys.rs").read_text()
        max_age_hours = int(re.search(r"MAX_AGE: Duration = Duration::from_hours\((\d+)\);", source)[1])
        threshold_hours = monitoring().properties("StaleKeySet")["Threshold"] / 3600
        self.assertGreater(threshold_hours, max_age_hours)
        # Lambda documents no lifetime; execution environments have been seen to live for some hours.
        self.assertLessEqual(threshold_hours, 2)

    def test_one_issuer_without_keys_raises_an_alarm(self):
        alarm = monitoring().properties("IssuerWithoutKeys")
        # The function writes the metric only if there is such an issuer, so one value is enough.
        self.assertEqual((alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]), ("IssuersWithoutKeys", "Maximum", 0))
        self.assertEqual((alarm["ComparisonOperator"], alarm["DatapointsToAlarm"]), ("GreaterThanThreshold", 1))

    def test_the_filter_writes_the_metric_that_the_alarm_on_init_errors_reads(self):
        found = monitoring()
        (transformation,) = found.properties("InitErrorFilter")["MetricTransformations"]
        alarm = found.properties("InitErrors")
        self.assertEqual(transformation["MetricName"], alarm["MetricName"])
        self.assertEqual(transformation["MetricNamespace"], alarm["Namespace"])

    def test_the_dashboard_shows_the_metrics_that_exist_and_no_others(self):
        body = json.loads(monitoring().properties("Dashboard")["DashboardBody"])
        shown = {metric for widget in body["widgets"] for metric in shown_by(widget)}
        for namespace, name, dimensions in shown:
            with self.subTest(name):
                if namespace == "UploadBroker" and not name.startswith("InitErrors-"):
                    self.assertIn(dimensions, METRICS.get(name, set()) | FINISHER_METRICS.get(name, set()))
        written = set(METRICS) | set(FINISHER_METRICS)
        self.assertEqual(written - {name for namespace, name, _ in shown if namespace == "UploadBroker"}, set())

    def test_an_address_is_subscribed_if_one_is_given(self):
        self.assertNotIn("Email", monitoring().resources)
        self.assertEqual(monitoring(AlarmEmail="ops@example.com").properties("Email")["Endpoint"], "ops@example.com")


if __name__ == "__main__":
    unittest.main()
