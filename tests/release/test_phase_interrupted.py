"""An update that was interrupted is gone on with: no task twice, never two at once."""

from dataclasses import replace
from typing import Any

import pytest

from release.problems import ReleaseError
from tests.release.fake_tasks import FAILS, LONG, WELL, FakeTask
from tests.release.phase_world import Interruption, World

SLOW = replace(WELL, ends=120)


def killed_before_the_arn_is_kept(world: World) -> None:
    """An update that ECS has given a task, and that ends before it can write that down."""

    def kill(item: dict[str, Any]) -> None:
        if "S" in item["phase"]["M"]["task_arn"]:
            raise Interruption

    world.table.before_put = kill
    with pytest.raises(Interruption):
        world.run()
    world.table.before_put = lambda _item: None
    assert len(world.ecs.tasks) == 1
    assert world.latest.phase.task_arn is None


class TestTheSameRelease:
    """The next update asks for the same image, command and configuration."""

    def test_a_task_that_still_runs_is_followed_to_its_end(self) -> None:
        world = World(SLOW)
        world.interrupt("is RUNNING")
        kept = world.run()
        assert (kept.number, kept.phase.outcome, kept.phase.attempt) == (1, "succeeded", 1)
        assert len(world.ecs.tasks) == 1, "two tasks would migrate at once"
        assert any("Release 1 was interrupted" in line for line in world.said)
        assert world.log_lines == ["migrating", "migrated", "done"], "the log is not shown whole"
        assert len([line for line in world.said if "migrating" in line]) == 1

    def test_a_task_that_ended_well_meanwhile_is_enough(self) -> None:
        world = World(WELL)
        world.interrupt("is RUNNING")
        world.clock.sleep(600)
        assert world.run().phase.outcome == "succeeded"
        assert len(world.ecs.tasks) == 1

    def test_a_task_that_ended_badly_meanwhile_is_run_again(self) -> None:
        world = World(FAILS, WELL)
        world.interrupt("is RUNNING")
        world.clock.sleep(600)
        kept = world.run()
        assert (kept.number, kept.phase.attempt, kept.phase.outcome) == (1, 2, "succeeded")
        tokens = {task.asked["clientToken"] for task in world.ecs.tasks.values()}
        assert len(tokens) == 2, "ECS would give the failed task again"

    def test_a_task_that_was_stopped_meanwhile_is_run_again_though_it_exited_with_0(self) -> None:
        world = World(LONG, WELL)
        world.interrupt("is RUNNING")
        world.ecs.stop_task(task=world.task.arn, reason="somebody")
        world.clock.sleep(600)
        assert world.run().phase.attempt == 2

    def test_a_task_that_ecs_has_forgotten_is_run_again(self) -> None:
        world = World(WELL, WELL)
        world.interrupt("is RUNNING")
        world.clock.sleep(2 * 3600)
        assert world.run().phase.attempt == 2, "nobody knows whether it migrated"

    def test_a_running_task_that_is_in_no_record_is_found(self) -> None:
        world = World(SLOW)
        killed_before_the_arn_is_kept(world)
        world.ecs.forgets_tokens = True
        world.clock.sleep(60)
        kept = world.run()
        assert kept.phase.task_arn == world.task.arn
        assert kept.phase.attempt == 1
        assert len(world.ecs.tasks) == 1

    def test_an_ended_task_that_is_in_no_record_is_found_by_its_token(self) -> None:
        world = World(WELL)
        killed_before_the_arn_is_kept(world)
        world.clock.sleep(600)
        assert world.run().phase.task_arn == world.task.arn
        assert len(world.ecs.tasks) == 1

    def test_a_token_that_started_a_task_of_another_shape_gives_that_task(self) -> None:
        world = World(WELL)
        killed_before_the_arn_is_kept(world)
        world.clock.sleep(600)
        assert world.run(group_ids=["sg-2"]).phase.task_arn == world.task.arn

    def test_a_phase_that_had_succeeded_is_not_run_again(self) -> None:
        world = World(WELL)
        before = world.run()
        world.clock.sleep(2 * 3600)  # ECS does not know the task any more.
        assert world.run() == before
        assert len(world.ecs.tasks) == 1

    def test_a_restore_point_is_not_noted_again_after_the_task_may_have_run(self) -> None:
        world = World(SLOW)
        world.interrupt("is RUNNING")
        before = world.latest.restore_point
        assert before is not None
        assert world.run().restore_point == before, "it would lie after the migration"

    def test_neither_when_the_task_is_in_no_record(self) -> None:
        world = World(WELL)
        killed_before_the_arn_is_kept(world)
        before = world.latest.restore_point
        world.clock.sleep(600)
        assert world.run().restore_point == before, "it would lie after the migration"

    def test_no_restore_point_is_noted_later_where_there_was_none(self) -> None:
        world = World(SLOW)
        world.rds.keeps_backups = False
        world.interrupt("is RUNNING")
        world.rds.keeps_backups = True
        assert world.run().restore_point is None, "it would lie after the migration"


class TestAnotherRelease:
    """The next update asks for something else."""

    def test_the_task_that_still_runs_is_waited_for_before_another_is_started(self) -> None:
        world = World(SLOW, WELL)
        world.interrupt("is RUNNING")
        kept = world.run(image="new")
        assert world.ecs.most_at_once == 1, "two would change the database at once"
        assert (kept.number, kept.image, kept.phase.outcome) == (2, "new", "succeeded")
        assert any("Task task1 of release-1 still runs" in line for line in world.said)

    @pytest.mark.parametrize("change", ["image", "command", "configuration"])
    def test_what_was_interrupted_is_closed_with_what_became_of_its_task(self, change: str) -> None:
        world = World(SLOW, WELL)
        world.interrupt("is RUNNING")
        world.run(**{change: "new"})
        first = world.ledger.history()[1]
        assert (first.verdict, first.phase.outcome) == ("interrupted", "succeeded")
        assert first.ended_at is not None

    def test_what_failed_unseen_is_recorded_as_failed(self) -> None:
        world = World(FAILS, WELL)
        world.interrupt("is RUNNING")
        world.clock.sleep(600)
        world.run(image="new")
        first = world.ledger.history()[1]
        assert (first.verdict, first.phase.outcome, first.phase.exit_code) == (
            "interrupted",
            "failed",
            3,
        )

    def test_a_task_that_is_in_no_record_is_waited_for_too(self) -> None:
        world = World(SLOW, WELL)
        killed_before_the_arn_is_kept(world)
        assert world.run(image="new").number == 2
        assert world.ecs.most_at_once == 1

    def test_a_task_that_is_already_being_stopped_is_waited_for_too(self) -> None:
        world = World(replace(LONG, obeys_after=60), WELL)
        world.interrupt("is RUNNING")
        world.ecs.stop_task(task=world.task.arn, reason="somebody")
        world.run(image="new")
        assert world.ecs.most_at_once == 1, "ECS no longer lists it as running"

    def test_a_task_that_runs_longer_than_the_limit_is_stopped(self) -> None:
        world = World(LONG, WELL)
        world.interrupt("is RUNNING")
        assert world.run(image="new").number == 2
        assert world.ecs.most_at_once == 1

    def test_nothing_is_begun_beside_a_task_that_cannot_be_stopped(self) -> None:
        world = World(replace(LONG, obeys_after=None), WELL)
        world.interrupt("is RUNNING")
        with pytest.raises(ReleaseError, match="Stop it in the ECS console"):
            world.run(image="new")
        assert len(world.ecs.tasks) == 1
        assert world.latest.number == 1


def test_a_stack_that_is_made_anew_does_not_get_the_tasks_of_its_predecessor() -> None:
    """Numbers begin again, while ECS remembers tokens."""
    world = World(WELL, WELL)
    world.run()
    before: FakeTask = world.task
    world.table.items.clear()
    world.clock.sleep(600)
    assert world.run().number == 1
    assert world.task is not before, "a migration would be taken as done that never ran"


def test_a_number_that_another_update_takes_is_not_shared() -> None:
    world = World(WELL)
    taken: list[bool] = []

    def somebody_else(_item: object) -> None:
        if not taken:
            taken.append(True)
            world.has_released(image="theirs")

    world.table.before_put = somebody_else
    assert world.run().number == 2
    assert world.task.asked["startedBy"] == "release-2"
