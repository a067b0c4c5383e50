"""New tasks of what runs already, watched as any rollout."""

from dataclasses import replace
from typing import Any

from release.rollout_watch import Ending, RolloutWatch
from tests.release.scene import CLUSTER, Moment, Scene, crashed, deployment, service, target, task

ASKED: Any = {"deployment_id": "ecs-svc/asked", "created": 0}
OLD = deployment(14, running=2, created=-3600)
LEAVING = {**OLD, "status": "ACTIVE"}
OLD_TASKS = (
    task("o1", address="10.0.0.1", created=-3599),
    task("o2", address="10.0.0.2", created=-3599),
)
NEW_TASKS = (task("n1", address="10.0.0.11"), task("n2", address="10.0.0.12"))
NEW_TARGETS = (target("10.0.0.11"), target("10.0.0.12"))
BEFORE = Moment((service(OLD),), OLD_TASKS, (target("10.0.0.1"), target("10.0.0.2")))
GOING = Moment(
    (service(deployment(14, running=0, state="IN_PROGRESS", **ASKED), LEAVING),),
    OLD_TASKS,
    BEFORE.targets,
)
END = Moment((service(deployment(14, running=2, **ASKED)),), NEW_TASKS, NEW_TARGETS)


def restart(scene: Scene) -> Ending:
    request = scene.request()
    watching = RolloutWatch(CLUSTER, request.services, 600, scene.clients(), scene.say, scene.clock)
    return watching.until_judged(watching.ask_for_new_tasks())


def test_it_ends_when_new_tasks_of_the_same_revision_serve() -> None:
    scene = Scene([BEFORE, GOING, END])
    ending = restart(scene)
    assert ending.reason == ""
    assert scene.clock.elapsed() == 8, "the old tasks, of the same revision, were taken for new"
    (asked,) = scene.updates
    assert asked["forceNewDeployment"] is True
    assert "taskDefinition" not in asked, "a restart would need the right to pass roles"
    assert ending.serving == "web with 2 tasks"


def test_a_service_that_is_being_deployed_to_is_only_watched() -> None:
    scene = Scene([GOING, END])
    assert restart(scene).reason == ""
    assert not scene.updates, "a restart that was interrupted begins anew each time"


def test_it_restarts_what_runs_and_not_what_was_asked_for_long_ago() -> None:
    other = deployment(15, running=2, created=-60)
    later = deployment(15, running=2, **ASKED)
    tasks = tuple(replace_revision(each, 15) for each in NEW_TASKS)
    scene = Scene([Moment((service(other),)), Moment((service(later),), tasks, NEW_TARGETS)])
    assert restart(scene).reason == ""


def replace_revision(shown: dict[str, Any], number: int) -> dict[str, Any]:
    arn = shown["taskDefinitionArn"].rpartition(":")[0]
    return {**shown, "taskDefinitionArn": f"{arn}:{number}"}


def test_new_tasks_that_die_are_a_failure_while_the_old_ones_serve() -> None:
    dead = tuple(crashed(f"c{i}", created=1) for i in range(3))
    dying = replace(GOING, tasks=(*OLD_TASKS, *dead))
    assert restart(Scene([BEFORE, dying])).reason == "web: 3 new tasks failed"


def test_a_service_that_is_gone_is_a_failure() -> None:
    assert "ECS knows no such service" in restart(Scene([Moment(())])).reason
