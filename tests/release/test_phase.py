"""A release phase lets the services be changed only after its task has done its work."""

import re
from dataclasses import replace

import pytest

from release.problems import ReleaseError
from release.record import PhaseResult
from tests.release.answering import RefusedError
from tests.release.fake_tasks import DEFINITION, FAILS, LONG, WELL, Script
from tests.release.phase_world import World
from tests.release.records import A_RECORD

NEVER_PULLED = Script(
    statuses=((0, "PROVISIONING"), (8, "PENDING")),
    ends=25,
    exit_code=None,
    stop_code="TaskFailedToStart",
    stopped_reason="CannotPullContainerError: pull image manifest has been retried 5 time(s): "
    "failed to resolve ref app@sha256:aa: not found",
)
NEVER_INITIALIZED = replace(
    NEVER_PULLED,
    stopped_reason="ResourceInitializationError: unable to pull secrets or registry auth: "
    "AccessDeniedException",
)


def failure(world: World, **changes: object) -> str:
    """What a person reads when the release fails."""
    with pytest.raises(ReleaseError) as failed:
        world.run(**changes)
    return str(failed.value)


class TestGoodRelease:
    """The task runs to its end; the record stays open for the rollout."""

    def test_the_record_has_what_is_known(self) -> None:
        world = World(WELL)
        kept = world.run()
        assert kept == world.latest, "operators would read something else than the update knows"
        assert kept.number == 1
        assert kept.verdict == "running", "nothing serves yet"
        assert kept.phase == PhaseResult(
            task_arn=world.task.arn,
            exit_code=0,
            outcome="succeeded",
            reason="EssentialContainerExited: Essential container in task exited",
            attempt=1,
        )
        assert kept.task_definitions == {"release": DEFINITION}
        assert kept.deployed_by.endswith("assumed-role/deploy/ci")
        assert (kept.image, kept.schema, kept.commit) == (A_RECORD.image, "s1", "")

    def test_every_line_and_every_change_is_shown_once(self) -> None:
        world = World(WELL)
        world.run()
        assert world.log_lines == ["migrating", "migrated", "done"]
        for status in ("PROVISIONING", "PENDING", "RUNNING"):
            assert len([line for line in world.said if line.endswith(f"is {status}")]) == 1

    def test_the_task_runs_privately_as_fargate_and_can_be_found_again(self) -> None:
        world = World(WELL)
        world.run()
        asked = world.task.asked
        assert asked["launchType"] == "FARGATE"
        assert asked["startedBy"] == "release-1"
        assert asked["networkConfiguration"]["awsvpcConfiguration"] == {
            "subnets": ["subnet-1"],
            "securityGroups": ["sg-1"],
            "assignPublicIp": "DISABLED",
        }, "the task that has the owner's password would be in the internet"

    def test_a_long_silence_of_the_task_is_not_one_for_the_person(self) -> None:
        world = World(replace(WELL, ends=300))
        world.run()
        gaps = [b - a for a, b in zip(world.said_at, world.said_at[1:], strict=False)]
        assert max(gaps) <= 12, "a killed update would not be noticed for a long time"

    def test_it_takes_seconds_longer_than_its_task(self) -> None:
        world = World(WELL)
        world.run()
        assert world.clock.elapsed() <= 30 + 15, "every release would wait for nothing"

    def test_a_task_that_ecs_does_not_know_at_once_is_waited_for(self) -> None:
        world = World(WELL)
        world.ecs.unknown_seconds = 20
        assert world.run().phase.outcome == "succeeded"


class TestFailedTask:
    """The services stay as they are, and the message says all that is needed."""

    def test_the_message_has_code_reason_lines_standing_and_next_step(self) -> None:
        world = World(FAILS)
        world.has_released(image="old")
        said = failure(world)
        for part in (
            "Release 2 failed: its release task ended with exit code 3.",
            "ran: flask deploy",
            "task: task1",
            "reason: EssentialContainerExited: Essential container in task exited",
            "    migrating\n    boom",
            "The services were not changed: release 1 still serves.",
            "The database as it was before: 2026-03-01 12:00:00 UTC.",
            "run the same command again: the release phase runs anew, as release 3.",
        ):
            assert part in said, f"missing: {part}\n{said}"

    def test_the_record_says_that_and_why_it_failed(self) -> None:
        world = World(FAILS)
        failure(world)
        kept = world.latest
        assert (kept.verdict, kept.phase.outcome, kept.phase.exit_code) == ("failed", "failed", 3)
        assert "Essential container" in kept.reason
        assert kept.ended_at == world.clock.now()

    def test_a_first_release_claims_nothing_that_serves(self) -> None:
        said = failure(World(FAILS))
        assert "The services were not changed; no release has succeeded yet." in said

    def test_of_a_long_log_the_last_fifty_lines_are_repeated(self) -> None:
        lines = tuple((16.0, f"line {number}") for number in range(120))
        world = World(replace(FAILS, lines=lines))
        said = failure(world)
        assert re.findall(r"^    (line \d+)$", said, re.MULTILINE) == [
            f"line {n}" for n in range(70, 120)
        ]
        assert world.log_lines == [f"line {n}" for n in range(120)], "lines lost or doubled"

    def test_what_the_task_prints_cannot_steer_the_terminal(self) -> None:
        world = World(replace(FAILS, lines=((16.0, "\x1b[2J\x1b[31mred\x07"),)))
        assert "\n    red\ufffd\n" in failure(world)
        assert world.log_lines == ["red\ufffd"]

    def test_the_next_update_is_a_new_release(self) -> None:
        world = World(FAILS, WELL)
        failure(world)
        assert world.run().number == 2
        assert [each.verdict for each in world.ledger.history()] == ["running", "failed"]

    @pytest.mark.parametrize(
        ("script", "remedy"),
        [
            (NEVER_PULLED, "Check that the registry still has the image"),
            (NEVER_INITIALIZED, "Check that the task's execution role may read its secrets"),
        ],
    )
    def test_a_task_that_never_started_is_told_by_its_reason(
        self, script: Script, remedy: str
    ) -> None:
        world = World(script)
        said = failure(world)
        assert "it never started" in said
        assert f"reason: TaskFailedToStart: {script.stopped_reason}" in said
        assert remedy in said
        assert "it printed nothing" in said
        assert world.latest.phase.exit_code is None

    def test_a_task_that_was_killed_for_memory_names_the_setting(self) -> None:
        killed = replace(
            FAILS, exit_code=137, container_reason="OutOfMemoryError: Container killed"
        )
        assert "release: memory-mib" in failure(World(killed))

    def test_a_task_that_somebody_stops_has_not_succeeded_even_with_exit_code_0(self) -> None:
        stopped = replace(WELL, stop_code="UserInitiated", stopped_reason="Task stopped by user")
        said = failure(World(stopped))
        assert "stopped before it had done its work" in said, "half a migration would be released"


class TestTimeLimit:
    """A task that takes too long is stopped, and waited for, before the update fails."""

    def test_it_is_stopped_and_has_ended_when_the_update_fails(self) -> None:
        world = World(LONG)
        said = failure(world, timeout_seconds=100)
        assert "its release task did not end in time" in said
        assert "took longer than 100 s" in said
        assert "release: timeout-seconds" in said
        assert "took longer than 100 s" in world.task.told_reason, "nobody knows who stopped it"
        ended = world.task.ended()
        assert ended is not None
        assert ended <= world.clock.now(), "it could still change the database"

    def test_it_is_stopped_though_it_prints_without_pause(self) -> None:
        world = World(replace(LONG, lines=((16, "y"),)))
        world.logs.is_endless, world.logs.seconds_a_page = True, 1
        assert "took longer than 100 s" in failure(world, timeout_seconds=100)
        assert world.clock.elapsed() < 180, "the update would hang"
        assert world.log_lines == [f"y{number}" for number in range(len(world.log_lines))]
        assert any("has printed more than there was time to show" in line for line in world.said)

    def test_an_exit_code_of_0_upon_being_stopped_is_no_success(self) -> None:
        world = World(LONG)
        failure(world, timeout_seconds=100)
        kept = world.latest
        assert (kept.verdict, kept.phase.outcome, kept.phase.exit_code) == ("failed", "failed", 0)

    def test_a_task_that_does_not_obey_is_not_waited_for_without_end(self) -> None:
        world = World(replace(LONG, obeys_after=None))
        assert "it may still run" in failure(world, timeout_seconds=100)
        assert world.clock.elapsed() < 400


class TestNotTaken:
    """ECS does not take the task, or AWS does not take the call."""

    def test_a_want_of_capacity_fails_the_release_with_ecs_words(self) -> None:
        world = World()
        world.ecs.failures = [
            {"reason": "Capacity is unavailable at this time", "detail": "try another zone"}
        ]
        said = failure(world)
        assert "Release 1 failed before its release task was started." in said
        assert "Capacity is unavailable at this time try another zone" in said
        assert "wait some minutes" in said
        assert world.latest.verdict == "failed"

    def test_a_refused_call_leaves_the_release_open_for_the_next_update(self) -> None:
        world = World(WELL)
        world.ecs.refusal = RefusedError("AccessDeniedException", "may not ecs:RunTask")
        said = failure(world)
        assert "may not ecs:RunTask" in said
        assert "The services were not changed." in said
        assert world.latest.verdict == "running"
        world.ecs.refusal = None
        assert world.run().number == 1

    def test_another_account_is_refused_before_anything_is_asked(self) -> None:
        world = World(WELL)
        world.sts.account = "999999999999"
        assert "999999999999" in failure(world)
        assert not world.table.items
        assert not world.ecs.tasks, "somebody else's database would be migrated"
