"""Before a release can change data, the point to which it can be restored is known."""

import pytest

from release.problems import ReleaseError
from release.restore_point import has_migrations
from tests.release.answering import RefusedError
from tests.release.fake_clock import BEGIN
from tests.release.fake_database import FakeSnapshot
from tests.release.fake_tasks import WELL
from tests.release.phase_world import World
from tests.release.records import record

NAME = "flaskapp-prod-release-1"


def failure(world: World, **changes: object) -> str:
    with pytest.raises(ReleaseError) as failed:
        world.run(snapshot=True, **changes)
    return str(failed.value)


class TestHasMigrations:
    """Whether the schema may change, from what earlier releases had."""

    def test_not_when_the_last_release_that_succeeded_had_the_same(self) -> None:
        assert not has_migrations("s1", [record(schema="s1", verdict="succeeded")])

    def test_when_the_last_release_that_succeeded_had_others(self) -> None:
        assert has_migrations("s2", [record(schema="s1", verdict="succeeded")])

    def test_when_one_that_failed_since_had_others(self) -> None:
        since = [record(schema="s2", verdict="failed"), record(schema="s1", verdict="succeeded")]
        assert has_migrations("s1", since), "its migration may have run"

    def test_when_nothing_is_known(self) -> None:
        assert has_migrations("s1", [])
        itself = record(schema="s1", verdict="running")
        assert has_migrations("s1", [itself, record(schema="s1", verdict="failed")])
        assert has_migrations("", [record(schema="", verdict="succeeded")])


class TestPointInTime:
    """The time is noted always."""

    def test_it_is_before_the_task(self) -> None:
        world = World(WELL)
        point = world.run().restore_point
        assert point is not None
        assert point.time <= world.task.born, "a restore would bring the migration back"
        assert point.snapshot_id is None

    def test_a_database_without_backups_has_none_and_that_is_said(self) -> None:
        world = World(WELL)
        world.rds.keeps_backups = False
        assert world.run().restore_point is None, "a restore would be promised that cannot be"
        assert any("keeps no backups" in line for line in world.said)

    def test_a_database_that_is_not_there_fails_the_release(self) -> None:
        world = World(WELL)
        with pytest.raises(ReleaseError, match="There is no database other"):
            world.run(database_identifier="other")
        assert not world.ecs.tasks


class TestSnapshot:
    """Where the setting asks for it, before migrations alone."""

    def test_it_is_complete_before_the_task_starts(self) -> None:
        world = World(WELL)
        point = world.run(snapshot=True).restore_point
        assert point is not None
        assert point.snapshot_id == NAME
        assert (world.task.born - world.rds.snapshots[NAME].born).total_seconds() >= 60
        tags = {tag["Key"]: tag["Value"] for tag in world.rds.snapshots[NAME].tags}
        assert tags["Release"] == "1", "nobody knows which release it is of"

    def test_its_progress_is_said(self) -> None:
        world = World(WELL)
        world.run(snapshot=True)
        for percent in (0, 50, 90):
            assert f"Snapshot {NAME}: creating, {percent} %" in world.said

    def test_a_release_without_migrations_takes_none(self) -> None:
        world = World(WELL)
        world.has_released(schema="s1")
        point = world.run(snapshot=True).restore_point
        assert point is not None
        assert point.snapshot_id is None
        assert not world.rds.snapshots, "every release would take minutes longer"

    def test_a_release_of_an_unknown_schema_takes_one(self) -> None:
        world = World(WELL)
        world.has_released(schema="")
        world.run(snapshot=True, schema="")
        assert world.rds.snapshots

    def test_one_that_an_interrupted_update_began_is_gone_on_with(self) -> None:
        world = World(WELL)
        world.interrupt("creating, 50 %", snapshot=True)
        point = world.run(snapshot=True).restore_point
        assert point is not None
        assert point.snapshot_id == NAME
        assert list(world.rds.snapshots) == [NAME], "two would be paid for"

    def test_one_that_an_earlier_stack_left_behind_is_not_taken_for_this_releases(self) -> None:
        world = World(WELL)
        old = [{"Key": "Release", "Value": "1"}, {"Key": "ReleaseStarted", "Value": "2025"}]
        world.rds.snapshots[NAME] = FakeSnapshot(BEGIN, old)
        point = world.run(snapshot=True).restore_point
        assert point is not None
        assert point.snapshot_id == f"{NAME}-20260301120000", "a restore would bring old data"

    def test_a_busy_database_is_waited_for(self) -> None:
        world = World(WELL)
        world.rds.busy_seconds = 90
        assert world.run(snapshot=True).restore_point is not None
        assert any("waiting for the database" in line for line in world.said)

    def test_a_failed_snapshot_fails_the_release_before_anything_ran(self) -> None:
        world = World(WELL)
        world.rds.status = "failed"
        said = failure(world)
        assert f"The snapshot {NAME} of the database is failed." in said
        assert "The services were not changed" in said
        assert not world.ecs.tasks, "the migration would run without a way back"
        assert world.latest.verdict == "failed"

    def test_a_snapshot_that_never_ends_fails_the_release(self) -> None:
        world = World(WELL)
        world.rds.busy_seconds = 10**6
        assert "was not complete after 3600 s" in failure(world)

    def test_an_account_with_too_many_snapshots_is_told_what_to_do(self) -> None:
        world = World(WELL)
        world.rds.refusal = RefusedError("SnapshotQuotaExceeded")
        assert "delete some, or ask AWS for a higher quota" in failure(world)
        assert world.latest.verdict == "failed"
