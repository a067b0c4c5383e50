"""Services: one for each process that keeps running, changed by rollouts that can go back."""

import pytest

from planning.recording import Recording
from tests.infra.planned import service, task
from tests.support.tokens import CLUSTER, SECURITY_GROUP, SERVICE, SUBNET

JOBS = ("worker", "schedule")


def groups(recording: Recording, process: str) -> set[str]:
    """Security groups of a process's tasks."""
    urns = service(recording, process).property_dependencies["networkConfiguration"]
    return {
        recording.by_urn[urn].name for urn in urns if recording.by_urn[urn].type == SECURITY_GROUP
    }


def capacity(recording: Recording, process: str) -> list[str]:
    strategies = service(recording, process).inputs["capacityProviderStrategies"]
    return [each["capacityProvider"] for each in strategies]


class TestEveryService:
    """What keeps running; the release task does not."""

    def test_is_a_process_but_release(self, prod: Recording, lone: Recording) -> None:
        names = {each.inputs["name"] for each in prod.of_type(SERVICE)}
        assert names == {f"flaskapp-prod-{name}" for name in ("web", *JOBS)}, (
            "migrations run for ever, or a process not at all"
        )
        assert [each.inputs["name"] for each in lone.of_type(SERVICE)] == ["flaskapp-prod-web"]

    def test_runs_the_task_of_its_process(self, prod: Recording) -> None:
        for process in ("web", *JOBS):
            used = service(prod, process).property_dependencies["taskDefinition"]
            assert task(prod, process).urn in used, f"{process} runs something else"

    def test_goes_back_by_itself(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            breaker = each.inputs["deploymentCircuitBreaker"]
            assert breaker == {"enable": True, "rollback": True}, "a bad image is tried for ever"

    def test_never_has_less_than_all_tasks(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            low, high = (
                each.inputs["deploymentMinimumHealthyPercent"],
                each.inputs["deploymentMaximumPercent"],
            )
            assert (low, high) == (100, 200), "half of the tasks carry the load of all"

    def test_is_not_waited_for_by_the_provider(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            assert each.inputs["waitForSteadyState"] is False, (
                "it takes a rollback for a success, and says nothing while it waits; the rollout "
                "gate watches instead"
            )

    def test_spreads_over_zones(self, prod: Recording) -> None:
        private = {each.urn for each in prod.of_type(SUBNET) if "-private-" in each.name}
        for each in prod.of_type(SERVICE):
            assert each.inputs["availabilityZoneRebalancing"] == "ENABLED", "all end up in one zone"
            assert private <= set(each.property_dependencies["networkConfiguration"]), (
                "a zone gets no task"
            )

    def test_hands_its_tags_to_its_tasks(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            assert each.inputs["propagateTags"] == "SERVICE", "the bill names no owner"
            assert each.inputs["enableEcsManagedTags"] is True

    def test_changes_its_capacity_by_a_new_deployment(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            assert "launchType" not in each.inputs, "AWS refuses both"
            assert each.inputs["forceNewDeployment"] is True, "a changed capacity is refused"

    def test_follows_the_newest_platform(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            assert "platformVersion" not in each.inputs, "fixes of Fargate never arrive"

    def test_is_measured(self, prod: Recording) -> None:
        settings = prod.only(CLUSTER).inputs["settings"]
        assert settings == [{"name": "containerInsights", "value": "enabled"}], (
            "no numbers of tasks"
        )


class TestWeb:
    """Behind the balancer, scaled by what comes in."""

    def test_is_reached_through_the_balancer_alone(self, prod: Recording) -> None:
        (target,) = service(prod).inputs["loadBalancers"]
        assert (target["containerName"], target["containerPort"]) == ("web", 8000)
        assert target["targetGroupArn"] == prod.outputs["target_group_arn"]
        assert groups(prod, "web") == {"flaskapp-prod-service"}, "something else may speak to tasks"

    def test_gives_a_new_task_time_to_start(self, tuned: Recording) -> None:
        assert service(tuned).inputs["healthCheckGracePeriodSeconds"] == 40, (
            "it is stopped while it starts"
        )

    def test_leaves_the_number_of_tasks_to_autoscaling(self, prod: Recording) -> None:
        assert service(prod).ignore_changes == ("desiredCount",), (
            "an update in the rush hour takes the extra tasks away"
        )
        assert service(prod).inputs["desiredCount"] == 2

    def test_sets_the_number_itself_where_nothing_scales(self, bare: Recording) -> None:
        assert service(bare).ignore_changes == (), "a changed number of tasks would do nothing"
        assert service(bare).inputs["desiredCount"] == 1

    def test_runs_on_spot_only_where_the_settings_say_so(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert capacity(prod, "web") == ["FARGATE"], "AWS may take all tasks away at once"
        assert capacity(staging, "web") == ["FARGATE_SPOT"], "three times the price"


class TestJobs:
    """They serve nobody: no balancer, no way in."""

    @pytest.mark.parametrize("process", JOBS)
    def test_are_behind_no_balancer(self, prod: Recording, process: str) -> None:
        inputs = service(prod, process).inputs
        assert "loadBalancers" not in inputs, "requests go where nobody listens"
        assert "healthCheckGracePeriodSeconds" not in inputs, "AWS refuses it without a balancer"
        assert groups(prod, process) == {"flaskapp-prod-jobs"}, "the balancer may speak to it"

    def test_run_on_spot_each_by_its_own_setting(self, tuned: Recording) -> None:
        assert capacity(tuned, "worker") == ["FARGATE"]
        assert capacity(tuned, "schedule") == ["FARGATE_SPOT"], "the setting does nothing"

    def test_with_a_queue_leave_their_number_to_it(self, prod: Recording) -> None:
        assert service(prod, "worker").ignore_changes == ("desiredCount",), (
            "an update in the rush hour takes the extra tasks away"
        )
        assert service(prod, "worker").inputs["desiredCount"] == 1

    def test_that_may_sleep_begin_asleep(self, rich: Recording) -> None:
        assert service(rich, "worker").inputs["desiredCount"] == 0, "it is paid for without work"

    @pytest.mark.parametrize("process", JOBS)
    def test_without_a_queue_have_the_number_of_the_settings(
        self, bare: Recording, process: str
    ) -> None:
        assert service(bare, process).ignore_changes == (), "a changed number would do nothing"
        assert service(bare, process).inputs["desiredCount"] == 1


class TestExec:
    """A way into running tasks is off unless it is asked for, and never into jobs."""

    def test_is_off(self, prod: Recording, staging: Recording) -> None:
        for recording in (prod, staging):
            for each in recording.of_type(SERVICE):
                assert each.inputs["enableExecuteCommand"] is False

    def test_can_be_on_for_web(self, bare: Recording) -> None:
        on = {each.name: each.inputs["enableExecuteCommand"] for each in bare.of_type(SERVICE)}
        assert [name for name, value in on.items() if value] == ["flaskapp-prod-web"], (
            "the setting does nothing, or too much"
        )

    def test_is_written_down_and_encrypted(self, prod: Recording, bare: Recording) -> None:
        def session(recording: Recording) -> dict[str, object]:
            found = recording.only(CLUSTER).inputs["configuration"]["executeCommandConfiguration"]
            assert found["logging"] == "OVERRIDE", "sessions leave no trace"
            return dict(found["logConfiguration"])

        assert session(prod)["cloudWatchLogGroupName"] == "/flaskapp-prod/exec"
        assert session(prod)["cloudWatchEncryptionEnabled"] is True, "sessions lie open"
        assert session(bare)["cloudWatchEncryptionEnabled"] is False, "AWS refuses every session"
