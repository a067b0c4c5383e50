"""The order of an update: everything a task needs, release phase, services, rollout."""

import json
from typing import Any

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import plan, prefix, processes, service, task, waits_for
from tests.support.tokens import (
    EGRESS,
    INSTANCE,
    LISTENER,
    PARAMETER,
    ROLE_POLICY,
    SERVICE,
    TABLE,
    TABLE_ITEM,
)

CAPACITY = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
STOPPER = "pulumi-python:dynamic/flask-fargate:OneOffTasks"
# What a task needs to start, to work and to end.
NEEDED = [
    (INSTANCE, "tasks start before there is a database"),
    (CAPACITY, "no capacity to start on"),
    (EGRESS, "tasks have no way to their image yet"),
    (LISTENER, "ECS refuses a target group that no balancer uses"),
    (ROLE_POLICY, "a destroy hangs: tasks that drain have lost their role's rights"),
    (PARAMETER, "`bin/ops` does not know a stack whose first release fails"),
]


def gate(recording: Recording, role: str) -> Resource:
    return recording.named(f"{prefix(recording)}-{role}", TABLE_ITEM)


# Roles of what is no task.
OTHERS = ("flow-log", "maintenance")


def needed_by_tasks(recording: Recording, kind: str) -> list[Resource]:
    return [each for each in recording.of_type(kind) if not each.name.endswith(OTHERS)]


def passes(resource: Resource) -> dict[str, str]:
    found = json.loads(resource.inputs["item"])["passes"]["M"]
    return {name: value["S"] for name, value in found.items()}


def _rollout(recording: Recording) -> dict[str, str]:
    return passes(gate(recording, "rollout"))


class TestTheReleaseGate:
    """The release task runs before any service changes, and never without its surroundings."""

    @pytest.mark.parametrize(("kind", "otherwise"), NEEDED)
    @pytest.mark.parametrize("shape", ["prod", "bare", "rabbitmq"])
    def test_waits_for(
        self, shape: str, kind: str, otherwise: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        waited = waits_for(recording, gate(recording, "release"))
        needed = needed_by_tasks(recording, kind)
        assert needed, "nothing to wait for: the test cannot fail"
        assert not [each.label for each in needed if each.label not in waited], otherwise

    def test_waits_for_its_task_the_table_and_the_stopper(self, prod: Recording) -> None:
        waited = waits_for(prod, gate(prod, "release"))
        assert task(prod, "release").label in waited, "the task of the last release runs"
        assert prod.only(TABLE).label in waited, "there is nowhere to write"
        assert prod.only(STOPPER).label in waited, "a destroy leaves its task, and then hangs"

    def test_waits_for_no_service(self, prod: Recording) -> None:
        waited = waits_for(prod, gate(prod, "release"))
        assert not [label for label in waited if label.startswith(SERVICE)], (
            "new code serves before its migrations have run"
        )

    def test_lets_image_command_and_configuration_through(self, prod: Recording) -> None:
        found = passes(gate(prod, "release"))
        assert found["image"] == prod.outputs["image"]
        assert found["command"] == "flask deploy"
        assert len(found["configuration"]) == 16, "not a digest of what processes are told"
        assert len(found) == 3

    @pytest.mark.parametrize(
        "changes",
        [{"config": {"PAGE_SIZE": 20}}, {"service.log-level": "DEBUG"}, {"database.app-user": "x"}],
        ids=str,
    )
    def test_opens_anew_for_another_configuration(
        self, prod: Recording, changes: dict[str, Any]
    ) -> None:
        assert passes(gate(prod, "release")) != passes(gate(plan(changes), "release")), (
            "the release phase does not see what the services will be told"
        )

    @pytest.mark.parametrize(
        "changes",
        [
            {"processes.worker.memory-mib": 1024},
            {"autoscaling.max-tasks": 7},
            {"processes.worker.health-command": ""},
            {"service.spot": True},
        ],
        ids=str,
    )
    def test_stays_shut_for_what_the_application_never_sees(
        self, prod: Recording, changes: dict[str, Any]
    ) -> None:
        assert passes(gate(prod, "release")) == passes(gate(plan(changes), "release")), (
            "migrations run for another size of a task"
        )

    def test_is_none_without_a_release_process(self, lone: Recording) -> None:
        assert {each.name for each in lone.of_type(TABLE_ITEM) if each.hooks} == {
            "flaskapp-prod-rollout"
        }


class TestEveryService:
    """It changes once the release phase has succeeded."""

    def test_waits_for_the_release_gate(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            assert gate(prod, "release").urn in each.explicit_depends_on, (
                "a failed migration leaves new code serving"
            )

    @pytest.mark.parametrize(("kind", "otherwise"), NEEDED)
    @pytest.mark.parametrize("shape", ["prod", "bare", "lone"])
    def test_waits_for_what_its_tasks_need(
        self, shape: str, kind: str, otherwise: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        needed = {each.label for each in needed_by_tasks(recording, kind)}
        for each in recording.of_type(SERVICE):
            assert needed <= waits_for(recording, each), otherwise

    def test_lets_no_service_wait_for_another(self, prod: Recording) -> None:
        for each in prod.of_type(SERVICE):
            others = [label for label in waits_for(prod, each) if label.startswith(SERVICE)]
            assert not others, "the rollouts follow one another, and take as long as all together"


class TestTheRolloutGate:
    """The update succeeds only when all services run what was asked."""

    @pytest.mark.parametrize("shape", ["prod", "bare", "lone"])
    def test_waits_for_every_service(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        services = {each.urn for each in recording.of_type(SERVICE)}
        assert services <= set(gate(recording, "rollout").depends_on), "up says done too early"

    def test_is_waited_for_by_nothing(self, prod: Recording) -> None:
        urn = gate(prod, "rollout").urn
        assert not [each.label for each in prod.resources if urn in each.depends_on]

    def test_lets_the_revisions_of_all_services_through(self, prod: Recording) -> None:
        arns = dict(prod.outputs["task_definition_arns"])
        del arns["release"], arns["console"]
        found = {name: text.partition(" ")[0] for name, text in _rollout(prod).items()}
        assert found == arns, "a changed process is not watched"

    @pytest.mark.parametrize(
        ("changes", "process"),
        [
            ({"service.spot": True}, "web"),
            ({"service.grace-seconds": 30}, "web"),
            ({"processes.schedule.spot": True}, "schedule"),
        ],
        ids=str,
    )
    def test_opens_for_what_replaces_tasks_without_a_new_revision(
        self, prod: Recording, changes: dict[str, Any], process: str
    ) -> None:
        before, after = _rollout(prod), _rollout(plan(changes))
        assert {name for name in after if before[name] != after[name]} == {process}, (
            "ECS replaces all tasks and nobody watches, or the wrong ones"
        )

    def test_stays_shut_for_what_replaces_none(self, prod: Recording) -> None:
        assert _rollout(prod) == _rollout(plan({"autoscaling.max-tasks": 7}))


class TestWithoutRelease:
    """A Procfile of web alone: no release phase, and still a verdict."""

    def test_plans_whole(self, lone: Recording) -> None:
        assert processes(lone) == ["web", "console"]
        assert set(lone.hooks) == {"flaskapp-prod-rollout"}

    def test_changes_its_service_once_its_surroundings_are_there(self, lone: Recording) -> None:
        assert CAPACITY in {label.partition(" ")[0] for label in waits_for(lone, service(lone))}
