"""How many tasks work on a queue: as many as its jobs ask for, none where none are asked for."""

import re
from collections.abc import Mapping

import pytest

from infra.components.backlog_scaling import (
    BACKLOG_PER_TASK,
    WAITING_WHILE_ASLEEP,
    BacklogScaling,
    BacklogScalingArgs,
)
from planning.recording import Recording, record
from tests.support.tokens import ALARM, SCALING_POLICY, SCALING_TARGET

TRACKING, WAKING = "n-backlog", "n-wake"


def scaled(min_tasks: int, max_tasks: int) -> Recording:
    """What is declared for a service between two limits."""
    args = BacklogScalingArgs(
        cluster_name="cluster",
        service_name="service",
        queue_name="queue",
        min_tasks=min_tasks,
        max_tasks=max_tasks,
        backlog_per_task=25,
    )
    return record(lambda: BacklogScaling("n", args), stack="a")


def value(expression: str, **metrics: float | None) -> float | None:
    """A metric expression's value at one time, as CloudWatch computes it; None where a metric is
    missing that nothing fills in."""
    text = re.sub(r"FILL\((\w+), (\w+)\)", r"(\2 if \1 is None else \1)", expression)
    text = re.sub(r"IF\((.+?) < 1, (\w+), (\w+)\)", r"(\2 if \1 < 1 else \3)", text)
    try:
        # The texts are constants of the component.
        return float(eval(text, {"__builtins__": {}}, dict(metrics)))  # noqa: S307
    except TypeError:
        return None


class TestTracking:
    """Application Auto Scaling multiplies the number of tasks by value / target."""

    @pytest.mark.parametrize(
        ("waiting", "taken", "running", "expected"),
        [(100, 0, 4, 25), (90, 10, 4, 25), (0, 8, 2, 4), (7, 0, 0, 7), (0, 0, 3, 0)],
        ids=["waiting", "both", "taken-alone", "no-task-yet", "idle"],
    )
    def test_compares_the_jobs_for_each_running_task(
        self, waiting: int, taken: int, running: int, expected: float
    ) -> None:
        found = value(BACKLOG_PER_TASK, waiting=waiting, taken=taken, running=running)
        assert found == expected, "too many tasks, or a job is interrupted, or a division by zero"

    def test_waits_while_a_metric_is_late(self) -> None:
        assert value(BACKLOG_PER_TASK, waiting=100, taken=0, running=None) is None, (
            "a late number of tasks would look like none, and start many"
        )

    def test_has_the_target_that_is_set(self) -> None:
        tracking = scaled(1, 4).named(TRACKING, SCALING_POLICY).inputs
        assert tracking["policyType"] == "TargetTrackingScaling"
        configuration = tracking["targetTrackingScalingPolicyConfiguration"]
        assert configuration["targetValue"] == 25
        assert configuration["scaleInCooldown"] > configuration["scaleOutCooldown"], (
            "tasks come and go with each wave"
        )

    def test_measures_this_queue_and_this_service(self) -> None:
        tracking = scaled(1, 4).named(TRACKING, SCALING_POLICY).inputs
        specification = tracking["targetTrackingScalingPolicyConfiguration"][
            "customizedMetricSpecification"
        ]
        expression, *metrics = specification["metrics"]
        assert expression["expression"] == BACKLOG_PER_TASK
        assert [each["returnData"] for each in specification["metrics"]] == [True] + [False] * 3, (
            "CloudWatch takes exactly one result"
        )
        found = {each["id"]: each["metricStat"]["metric"] for each in metrics}
        assert set(found) == set(re.findall(r"waiting|taken|running", BACKLOG_PER_TASK))
        queue = [{"name": "QueueName", "value": "queue"}]
        assert found["waiting"]["dimensions"] == found["taken"]["dimensions"] == queue
        assert {each["name"]: each["value"] for each in found["running"]["dimensions"]} == {
            "ClusterName": "cluster",
            "ServiceName": "service",
        }

    def test_stays_within_the_limits(self) -> None:
        target = scaled(1, 4).only(SCALING_TARGET).inputs
        assert (target["minCapacity"], target["maxCapacity"]) == (1, 4)
        assert target["resourceId"] == "service/cluster/service"


class TestWaking:
    """A multiple of no task is no task: the first one needs another reason."""

    @pytest.mark.parametrize(
        ("metrics", "expected"),
        [
            ({"waiting": 3, "running": 0}, 3),
            ({"waiting": 3, "running": None}, 3),
            ({"waiting": 3, "running": 1}, 0),
            ({"waiting": 0, "running": 0}, 0),
            ({"waiting": None, "running": 0}, None),
        ],
        ids=["asleep", "asleep-and-silent", "awake", "nothing-to-do", "idle-queue"],
    )
    def test_has_a_reason_only_while_jobs_wait_and_no_task_runs(
        self, metrics: Mapping[str, float | None], expected: float | None
    ) -> None:
        assert value(WAITING_WHILE_ASLEEP, **metrics) == expected

    def test_starts_one_task_more(self) -> None:
        recording = scaled(0, 4)
        step = recording.named(WAKING, SCALING_POLICY).inputs["stepScalingPolicyConfiguration"]
        assert step["adjustmentType"] == "ChangeInCapacity", (
            "an exact number could stop tasks that have just started"
        )
        assert step["stepAdjustments"] == [
            {"metricIntervalLowerBound": "0", "scalingAdjustment": 1}
        ]
        alarm = recording.only(ALARM).inputs
        (action,) = alarm["alarmActions"]
        assert f":policyName/{WAKING}" in action, "nobody hears of it"
        assert alarm["treatMissingData"] == "notBreaching", "an idle queue keeps a task running"
        assert (alarm["threshold"], alarm["comparisonOperator"]) == (
            1,
            "GreaterThanOrEqualToThreshold",
        )
        expression = alarm["metricQueries"][0]
        assert expression["expression"] == WAITING_WHILE_ASLEEP
        assert [each["returnData"] for each in alarm["metricQueries"]] == [True, False, False]

    def test_waits_for_the_first_task_before_it_starts_another(self) -> None:
        recording = scaled(0, 4)
        step = recording.named(WAKING, SCALING_POLICY).inputs["stepScalingPolicyConfiguration"]
        alarm = recording.only(ALARM).inputs
        (period,) = {each["metric"]["period"] for each in alarm["metricQueries"][1:]}
        assert step["cooldown"] >= (alarm["evaluationPeriods"] + 1) * period, (
            "the number of running tasks is known later than that"
        )
        assert alarm["evaluationPeriods"] > 1, "one late measurement starts a task"

    def test_is_left_out_where_a_task_always_runs(self) -> None:
        assert not scaled(1, 4).of_type(ALARM)


def test_nothing_is_made_where_the_number_is_fixed() -> None:
    assert not scaled(2, 2).custom
