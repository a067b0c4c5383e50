"""How many tasks run: limits, targets, and a clock."""

from planning.recording import Recording, Resource
from tests.infra.planned import prefix, service
from tests.support.tokens import SCALING_TARGET

POLICY = "aws:appautoscaling/policy:Policy"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"


def target(recording: Recording) -> Resource:
    """The limits of the web service."""
    return recording.named(f"{prefix(recording)}-web", SCALING_TARGET)


def tracked(recording: Recording) -> dict[str, dict[str, object]]:
    """Tracking configurations of the web service by their metric."""
    found = [
        each.inputs["targetTrackingScalingPolicyConfiguration"]
        for each in recording.of_type(POLICY)
        if each.parent == target(recording).urn
    ]
    return {each["predefinedMetricSpecification"]["predefinedMetricType"]: each for each in found}


class TestLimits:
    """Too few tasks and one zone stops all; too many and the database refuses them."""

    def test_are_the_settings(self, tuned: Recording) -> None:
        inputs = target(tuned).inputs
        assert (inputs["minCapacity"], inputs["maxCapacity"]) == (3, 5)

    def test_are_of_the_service(self, prod: Recording) -> None:
        found = target(prod)
        assert found.inputs["resourceId"] == "service/flaskapp-prod/flaskapp-prod-web"
        assert found.inputs["scalableDimension"] == "ecs:service:DesiredCount"
        assert service(prod).urn in found.depends_on, "AWS refuses to scale what is not there yet"

    def test_are_none_where_minimum_and_maximum_are_the_same(self, bare: Recording) -> None:
        kinds = {each.type for each in bare.custom if "appautoscaling" in each.type}
        assert not kinds, "a service that cannot scale is scaled"


class TestTargets:
    """CPU says when it is busy, requests say so before."""

    def test_are_cpu_and_requests(self, tuned: Recording) -> None:
        found = tracked(tuned)
        assert {metric: each["targetValue"] for metric, each in found.items()} == {
            "ECSServiceAverageCPUUtilization": 55,
            "ALBRequestCountPerTarget": 900,
        }, "a setting does nothing, or a metric is missing"

    def test_count_requests_of_this_balancer_to_these_tasks(self, prod: Recording) -> None:
        specification = tracked(prod)["ALBRequestCountPerTarget"]["predefinedMetricSpecification"]
        label = str(specification["resourceLabel"])  # type: ignore[index]
        balancer, group = label.split("/targetgroup/")
        assert prod.outputs["balancer_arn"].endswith(balancer), "another balancer's requests"
        assert prod.outputs["target_group_arn"].endswith(f":targetgroup/{group}"), "the same"

    def test_add_faster_than_they_take_away(self, prod: Recording) -> None:
        for metric, each in tracked(prod).items():
            assert int(str(each["scaleOutCooldown"])) < int(str(each["scaleInCooldown"])), metric


class TestTheSchedule:
    """What is known of the day need not be measured."""

    def test_is_made_of_the_settings(self, rich: Recording) -> None:
        action = rich.only(ACTION)
        assert action.inputs["schedule"] == "cron(0 7 ? * MON-FRI *)"
        assert action.inputs["timezone"] == "Europe/Berlin", "it happens in the night"
        assert action.inputs["scalableTargetAction"] == {"minCapacity": 4, "maxCapacity": 6}
        assert action.inputs["resourceId"] == target(rich).inputs["resourceId"]

    def test_is_empty_where_nothing_is_scheduled(self, prod: Recording) -> None:
        assert not prod.of_type(ACTION)
