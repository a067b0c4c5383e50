"""The web service: hardened tasks, and rollouts that either succeed or go back."""

import pytest

from infra.container import EXEC_PATHS
from planning.recording import Recording
from tests.infra.planned import container, waits_for
from tests.support.tokens import (
    CLUSTER,
    INSTANCE,
    LISTENER,
    ROLE_POLICY,
    SECURITY_GROUP,
    SERVICE,
    SUBNET,
    TASK_DEFINITION,
)


class TestTheContainer:
    """What somebody who breaks in finds: nothing to write to, no rights, no tools."""

    def test_cannot_write_but_to_its_scratch_space(self, prod: Recording) -> None:
        web = container(prod)
        assert web["readonlyRootFilesystem"] is True, "a break-in could stay"
        mounts = [(each["containerPath"], each["readOnly"]) for each in web["mountPoints"]]
        assert mounts == [("/tmp", False)], "the application cannot write, or too much"

    def test_runs_as_a_numbered_user_without_rights(self, prod: Recording) -> None:
        web = container(prod)
        assert web["user"] == "10001:10001", "root in the container is root on the way out"
        assert "privileged" not in web
        assert web["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}, "it may change networks"

    def test_has_an_init_process(self, prod: Recording) -> None:
        assert container(prod)["linuxParameters"]["initProcessEnabled"] is True, (
            "SIGTERM is lost and every stop takes half a minute"
        )

    def test_gets_its_time_to_stop(self, tuned: Recording) -> None:
        web = container(tuned)
        assert web["stopTimeout"] == 45, "requests are cut off"
        assert {"name": "STOP_TIMEOUT", "value": "45"} in web["environment"], "it does not know"

    def test_writes_its_log_without_ever_waiting(self, prod: Recording) -> None:
        log = container(prod)["logConfiguration"]
        assert log["logDriver"] == "awslogs"
        assert log["options"]["mode"] == "non-blocking", "a slow log stops the application"
        assert log["options"]["awslogs-group"] == "/flaskapp-prod/web", "it goes elsewhere"
        assert log["options"]["awslogs-region"] == "us-east-1"
        assert {"awslogs-stream-prefix", "max-buffer-size"} <= set(log["options"])

    def test_knows_what_the_application_must_be_told(self, prod: Recording) -> None:
        environment = {each["name"]: each["value"] for each in container(prod)["environment"]}
        expected = {
            "APP_ENV": "prod",
            "DATABASE_HOST": prod.outputs["database_endpoint"],
            "DATABASE_NAME": "app",
            "DATABASE_PORT": "5433",
            "DATABASE_SSLMODE": "require",
            "DATABASE_USER": "dbowner",
            "DOMAIN": "www.example.com",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "MIGRATE_ON_START": "true",
            "PORT": "8000",
            "SESSION_COOKIE_SECURE": "true",
            "THREADS": "8",
            "TRUSTED_PROXIES": "1",
        }
        assert expected.items() <= environment.items(), "the application refuses to start"

    def test_sends_cookies_in_the_clear_only_where_all_is(self, bare: Recording) -> None:
        environment = {each["name"]: each["value"] for each in container(bare)["environment"]}
        assert environment["SESSION_COOKIE_SECURE"] == "false", "nobody could vote over plain HTTP"
        assert environment["DOMAIN"] == ""

    def test_knows_all_of_its_names(self, rich: Recording) -> None:
        environment = {each["name"]: each["value"] for each in container(rich)["environment"]}
        assert environment["DOMAIN_ALIASES"] == "example.com,shop.example.com", "400 on these names"

    def test_is_described_in_the_order_in_which_aws_returns_it(self, prod: Recording) -> None:
        for part in ("environment", "secrets"):
            names = [each["name"] for each in container(prod)[part]]
            assert names == sorted(names), "each preview shows a change that is none"

    def test_holds_nothing_empty(self, prod: Recording) -> None:
        empty = [key for key, value in container(prod).items() if value in (None, [], {})]
        assert not empty, "AWS leaves these out, and each preview shows a change that is none"

    def test_listens_where_the_balancer_asks(self, prod: Recording) -> None:
        (port,) = container(prod)["portMappings"]
        assert (port["containerPort"], port["hostPort"], port["protocol"]) == (8000, 8000, "tcp")


class TestTheTask:
    """A revision is what a rollback goes back to."""

    def test_keeps_its_earlier_revisions(self, prod: Recording) -> None:
        task = prod.only(TASK_DEFINITION).inputs
        assert task["skipDestroy"] is True, "there is nothing to roll back to"
        assert task["family"] == "flaskapp-prod-web", "a new family has no history"

    def test_has_the_size_that_the_settings_say(self, tuned: Recording) -> None:
        task = tuned.only(TASK_DEFINITION)
        assert (task.inputs["cpu"], task.inputs["memory"]) == ("1024", "3072")
        assert task.inputs["requiresCompatibilities"] == ["FARGATE"]
        assert task.inputs["networkMode"] == "awsvpc"

    def test_has_a_volume_for_each_mount(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            volumes = [each["name"] for each in recording.only(TASK_DEFINITION).inputs["volumes"]]
            mounted = [each["sourceVolume"] for each in container(recording)["mountPoints"]]
            assert volumes == mounted, "AWS refuses the task"

    def test_has_writable_places_for_the_helper_of_exec_where_that_is_on(
        self, bare: Recording
    ) -> None:
        paths = {each["containerPath"] for each in container(bare)["mountPoints"]}
        assert paths == {"/tmp", *EXEC_PATHS.values()}, "a session never opens on a read-only root"
        assert container(bare)["readonlyRootFilesystem"] is True, "exec costs the read-only root"


class TestExec:
    """A way into running tasks is off unless it is asked for."""

    def test_is_off(self, prod: Recording, staging: Recording) -> None:
        for recording in (prod, staging):
            assert recording.only(SERVICE).inputs["enableExecuteCommand"] is False

    def test_can_be_on(self, bare: Recording) -> None:
        assert bare.only(SERVICE).inputs["enableExecuteCommand"] is True, "the setting does nothing"

    def test_is_written_down_and_encrypted(self, prod: Recording, bare: Recording) -> None:
        def session(recording: Recording) -> dict[str, object]:
            found = recording.only(CLUSTER).inputs["configuration"]["executeCommandConfiguration"]
            assert found["logging"] == "OVERRIDE", "sessions leave no trace"
            return dict(found["logConfiguration"])

        assert session(prod)["cloudWatchLogGroupName"] == "/flaskapp-prod/exec"
        assert session(prod)["cloudWatchEncryptionEnabled"] is True, "sessions lie open"
        assert session(bare)["cloudWatchEncryptionEnabled"] is False, "AWS refuses every session"


class TestRollouts:
    """Old tasks serve until new ones do, and come back when those do not."""

    def test_go_back_by_themselves(self, prod: Recording) -> None:
        breaker = prod.only(SERVICE).inputs["deploymentCircuitBreaker"]
        assert breaker == {"enable": True, "rollback": True}, "a bad image is tried for ever"

    def test_never_have_less_than_all_tasks(self, prod: Recording) -> None:
        inputs = prod.only(SERVICE).inputs
        percents = (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"])
        assert percents == (100, 200), "half of the tasks carry the load of all"

    def test_are_waited_for(self, prod: Recording) -> None:
        assert prod.only(SERVICE).inputs["waitForSteadyState"] is True, "up says done too early"

    def test_give_a_new_task_time_to_start(self, tuned: Recording) -> None:
        service = tuned.only(SERVICE)
        assert service.inputs["healthCheckGracePeriodSeconds"] == 40, (
            "it is stopped while it starts"
        )

    def test_spread_over_zones(self, prod: Recording) -> None:
        inputs = prod.only(SERVICE).inputs
        assert inputs["availabilityZoneRebalancing"] == "ENABLED", "all tasks end up in one zone"
        private = {each.urn for each in prod.of_type(SUBNET) if "-private-" in each.name}
        used = set(prod.only(SERVICE).property_dependencies["networkConfiguration"])
        assert private <= used, "a zone gets no task"


class TestTheService:
    """One service, scaled by others, reached through the balancer alone."""

    def test_leaves_the_number_of_tasks_to_autoscaling(self, prod: Recording) -> None:
        service = prod.only(SERVICE)
        assert service.ignore_changes == ("desiredCount",), (
            "an update in the rush hour takes the extra tasks away"
        )
        assert service.inputs["desiredCount"] == 2

    def test_sets_the_number_itself_where_nothing_scales(self, bare: Recording) -> None:
        service = bare.only(SERVICE)
        assert service.ignore_changes == (), "a changed number of tasks would do nothing"
        assert service.inputs["desiredCount"] == 1

    def test_is_reached_through_the_balancer_alone(self, prod: Recording) -> None:
        service = prod.only(SERVICE)
        (target,) = service.inputs["loadBalancers"]
        assert (target["containerName"], target["containerPort"]) == ("web", 8000)
        assert target["targetGroupArn"] == prod.outputs["target_group_arn"]
        groups = {
            prod.by_urn[urn].name
            for urn in service.property_dependencies["networkConfiguration"]
            if prod.by_urn[urn].type == SECURITY_GROUP
        }
        assert groups == {"flaskapp-prod-service"}, "something else may speak to tasks"

    @pytest.mark.parametrize(
        ("kind", "otherwise"),
        [
            (LISTENER, "ECS refuses a target group that no balancer uses"),
            (ROLE_POLICY, "a destroy hangs: tasks that drain have lost their role's rights"),
            (INSTANCE, "tasks start before there is a database"),
            (
                "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
                "no capacity to start on",
            ),
            (
                "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
                "tasks have no way to their image yet",
            ),
        ],
    )
    @pytest.mark.parametrize("shape", ["prod", "bare"])
    def test_waits_for(
        self, shape: str, kind: str, otherwise: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        waited = waits_for(recording, recording.only(SERVICE))
        needed = [each for each in recording.of_type(kind) if not each.name.endswith("flow-log")]
        missing = [each.label for each in needed if each.label not in waited]
        assert needed, "nothing to wait for: the test cannot fail"
        assert not missing, otherwise

    def test_hands_its_tags_to_its_tasks(self, prod: Recording) -> None:
        inputs = prod.only(SERVICE).inputs
        assert inputs["propagateTags"] == "SERVICE", "the dearest thing has no owner in the bill"
        assert inputs["enableEcsManagedTags"] is True

    def test_runs_on_spot_only_where_the_settings_say_so(
        self, prod: Recording, staging: Recording
    ) -> None:
        def capacity(recording: Recording) -> list[str]:
            strategies = recording.only(SERVICE).inputs["capacityProviderStrategies"]
            return [each["capacityProvider"] for each in strategies]

        assert capacity(prod) == ["FARGATE"], "AWS may take all tasks away at once"
        assert capacity(staging) == ["FARGATE_SPOT"], "three times the price"
        for recording in (prod, staging):
            inputs = recording.only(SERVICE).inputs
            assert "launchType" not in inputs, "AWS refuses both"
            assert inputs["forceNewDeployment"] is True, "a changed capacity is refused"

    def test_follows_the_newest_platform(self, prod: Recording) -> None:
        assert "platformVersion" not in prod.only(SERVICE).inputs, "fixes of Fargate never arrive"

    def test_is_measured(self, prod: Recording) -> None:
        settings = prod.only(CLUSTER).inputs["settings"]
        assert settings == [{"name": "containerInsights", "value": "enabled"}], (
            "no numbers of tasks"
        )
