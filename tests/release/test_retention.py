"""What is kept of old releases, and what is never touched."""

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from release.ledger import Ledger
from release.record import Record
from release.restore_point import Snapshot
from release.retention import RetentionRequest, expire
from tests.release.answering import RefusedError
from tests.release.fake_clock import BEGIN
from tests.release.fake_registry import FakeRegistry, digest, image_of
from tests.release.records import record
from tests.release.scene import CLUSTER, revision, task

PREFIX = "flaskapp-prod"
RELEASES, KEPT = 30, 10


def day(number: int) -> Any:
    return BEGIN + timedelta(days=number)


def ledger_of(cloud: FakeRegistry) -> Ledger:
    return Ledger(cloud.clients().dynamodb, "releases", PREFIX)


def release(cloud: FakeRegistry, number: int, image: str = "", **known: Any) -> Record:
    """A release as its `up` leaves it: image, two revisions, a snapshot and its record."""
    name = image or f"i{number}"
    if not image:
        cloud.push(name, day(number) - timedelta(minutes=5), imageTags=[name])
    revisions = {"web": revision(number), "release": revision(number, "release")}
    cloud.revisions.update(dict.fromkeys(revisions.values(), image_of(name)))
    known = {"verdict": "succeeded", "task_definitions": revisions, **known}
    made = ledger_of(cloud).open(record(image=image_of(name), started_at=day(number), **known))
    snapshot = Snapshot(prefix=PREFIX, number=made.number, started_at=made.started_at)
    cloud.snapshots[snapshot.name] = [{"Key": k, "Value": v} for k, v in snapshot.tags.items()]
    cloud.serving = number
    return made


def cloud_with(releases: int = RELEASES) -> FakeRegistry:
    cloud = FakeRegistry()
    for number in range(1, releases + 1):
        release(cloud, number)
    return cloud


def run(cloud: FakeRegistry, **changes: Any) -> list[str]:
    """What retention says."""
    said: list[str] = []
    request = RetentionRequest(
        **{
            "prefix": PREFIX,
            "table_name": "releases",
            "cluster": CLUSTER,
            "services": ("web",),
            "repository_name": PREFIX,
            "registry_id": "111122223333",
            "families": (f"{PREFIX}-web", f"{PREFIX}-release"),
            "kept_releases": KEPT,
            **changes,
        }
    )
    expire(request, cloud.clients(), said.append)
    return said


def expired(cloud: FakeRegistry) -> list[int]:
    return sorted(each.number for each in ledger_of(cloud).history() if each.expired)


def of_release(number: int) -> set[str]:
    return {revision(number), revision(number, "release")}


class TestThirtyReleases:
    """Ten are kept complete, twenty go, and their records stay."""

    def test_leave_the_newest_ten_complete(self) -> None:
        cloud = cloud_with()
        said = run(cloud)
        kept = range(21, 31)
        assert set(cloud.revisions) == set().union(*map(of_release, kept))
        assert set(cloud.images) == {digest(f"i{number}") for number in kept}
        assert set(cloud.snapshots) == {f"{PREFIX}-release-{number}" for number in kept}
        assert said == [
            "removing what only old releases need: revisions: 40, images: 20, snapshots: 20"
        ]

    def test_keep_all_records_and_say_which_are_expired(self) -> None:
        cloud = cloud_with()
        run(cloud)
        assert len(ledger_of(cloud).history()) == RELEASES, "the history has a hole"
        assert expired(cloud) == list(range(1, 21))

    def test_have_nothing_more_to_go_the_second_time(self) -> None:
        cloud = cloud_with()
        run(cloud)
        before = len(cloud.images), len(cloud.revisions), len(cloud.snapshots)
        written: list[object] = []
        cloud.table.before_put = written.append
        assert run(cloud) == []
        assert not written, "every release writes all records anew"
        assert (len(cloud.images), len(cloud.revisions), len(cloud.snapshots)) == before

    def test_lose_one_with_every_further_release(self) -> None:
        cloud = cloud_with()
        run(cloud)
        release(cloud, 31)
        run(cloud)
        assert expired(cloud) == list(range(1, 22))
        assert digest("i21") not in cloud.images

    def test_are_not_kept_by_a_worker_that_never_changed(self) -> None:
        cloud = FakeRegistry()
        for number in range(1, 31):
            own = {"web": revision(number), "worker": revision(1, "worker")}
            release(cloud, number, task_definitions=own)
        cloud.tasks = [task("w1", 1, process="worker")]
        run(cloud)
        assert expired(cloud) == list(range(1, 21)), "nothing would ever be removed"

    def test_are_left_alone_while_more_are_to_be_kept(self) -> None:
        cloud = cloud_with()
        assert run(cloud, kept_releases=31) == []
        assert len(cloud.images) == RELEASES


class TestWhatIsNeverTouched:
    """An image or a revision that something runs, or may run again, is worth more than its cent."""

    def test_is_what_an_old_task_still_runs(self) -> None:
        cloud = cloud_with()
        cloud.tasks = [task("old", 3)]
        run(cloud)
        assert of_release(3) <= set(cloud.revisions)
        assert digest("i3") in cloud.images, "CannotPullContainer, the next time ECS starts it"
        assert 3 not in expired(cloud)

    def test_is_what_a_task_runs_while_it_stops(self) -> None:
        cloud = cloud_with()
        cloud.tasks = [task("old", 3, status="DEACTIVATING", code="UserInitiated")]
        run(cloud)
        assert digest("i3") in cloud.images

    def test_is_not_what_a_stopped_task_ran(self) -> None:
        cloud = cloud_with()
        cloud.tasks = [task("old", 3, status="STOPPED", code="UserInitiated")]
        run(cloud)
        assert digest("i3") not in cloud.images

    def test_is_what_a_service_works_towards_without_a_record(self) -> None:
        cloud = cloud_with()
        cloud.push("by-hand", day(1))
        cloud.revisions[revision(40)] = image_of("by-hand")
        cloud.revisions[revision(41)] = image_of("i30")
        cloud.serving = 40
        run(cloud)
        assert revision(40) in cloud.revisions
        assert digest("by-hand") in cloud.images

    def test_is_an_image_that_a_kept_and_an_old_release_cite(self) -> None:
        cloud = cloud_with(29)
        release(cloud, 30, image="i2")
        run(cloud)
        assert digest("i2") in cloud.images, "release 30 cannot start a task any more"
        assert 2 in expired(cloud)

    def test_is_an_image_that_a_kept_release_cites_by_tag(self) -> None:
        cloud = cloud_with()
        newest = ledger_of(cloud).latest()
        assert newest
        by_tag = f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/{PREFIX}:i2"
        ledger_of(cloud).save(replace(newest, image=by_tag))
        run(cloud)
        assert digest("i2") in cloud.images

    def test_is_a_child_of_a_kept_multi_platform_image(self) -> None:
        cloud = cloud_with(29)
        cloud.push_index("multi", day(1), ["arm", "x86"])
        cloud.push_index("former", day(1), ["former-arm", "former-x86"])
        release(cloud, 30, image="multi")
        assert not [line for line in run(cloud) if line.startswith("warning: ")]
        assert {digest("multi"), digest("arm"), digest("x86")} <= set(cloud.images)
        assert not {digest(each) for each in ("former", "former-arm")} & set(cloud.images)

    def test_is_what_describes_a_kept_image(self) -> None:
        cloud = cloud_with()
        cloud.push("signature", day(1), subjectManifestDigest=digest("i30"))
        cloud.push("of-old", day(1), subjectManifestDigest=digest("i3"))
        run(cloud)
        assert digest("signature") in cloud.images
        assert digest("of-old") not in cloud.images

    def test_is_an_image_pushed_since_the_oldest_kept_release_began(self) -> None:
        cloud = cloud_with()
        cloud.push("young", day(21) + timedelta(seconds=1))
        cloud.push("stray", day(20))
        run(cloud)
        assert digest("young") in cloud.images, "the image that an update has just pushed"
        assert digest("stray") not in cloud.images

    def test_is_a_failed_release_while_it_is_recent(self) -> None:
        cloud = cloud_with(25)
        release(cloud, 26, verdict="failed")
        for number in range(27, 31):
            release(cloud, number)
        run(cloud)
        assert of_release(26) <= set(cloud.revisions)
        assert f"{PREFIX}-release-26" in cloud.snapshots, "the way back after a bad migration"
        assert digest("i20") in cloud.images, "a failed release counts as a kept one"

    def test_is_a_release_that_has_not_ended(self) -> None:
        cloud = cloud_with(4)
        release(cloud, 5, verdict="running")
        for number in range(6, 31):
            release(cloud, number)
        run(cloud)
        assert of_release(5) <= set(cloud.revisions)
        assert digest("i5") in cloud.images

    def test_is_the_newest_revision_of_a_family(self) -> None:
        """The next update compares itself with it, whether it runs or not."""
        cloud = cloud_with()
        cloud.revisions[revision(7, "console")] = image_of("i7")
        run(cloud, families=(f"{PREFIX}-web", f"{PREFIX}-console"))
        assert revision(7, "console") in cloud.revisions
        assert digest("i7") in cloud.images

    def test_is_the_family_of_another_process(self) -> None:
        """ECS lists families by the beginning of their name."""
        cloud = cloud_with()
        cloud.revisions.update({revision(n, "web-admin"): image_of("i30") for n in (1, 2)})
        run(cloud)
        assert revision(1, "web-admin") in cloud.revisions

    def test_is_a_snapshot_of_an_earlier_stack_of_the_same_name(self) -> None:
        cloud = cloud_with()
        cloud.snapshots[f"{PREFIX}-release-1"] = [{"Key": "Release", "Value": "1"}]
        run(cloud)
        assert f"{PREFIX}-release-1" in cloud.snapshots, "the only copy of another database"

    def test_is_what_a_rollback_has_brought_back(self) -> None:
        cloud = cloud_with(30)
        target = next(each for each in ledger_of(cloud).history() if each.number == 20)
        back = replace(target, number=0, rollback_to=20, started_at=day(31))
        ledger_of(cloud).open(back)
        release(cloud, 32)
        run(cloud)
        assert of_release(20) <= cloud.revisions.keys(), "what the rollback runs is gone"
        assert digest("i20") in cloud.images
        assert 20 not in expired(cloud), "the release is called gone and could be gone back to"
        assert 19 in expired(cloud)

    def test_is_anybodys_repository(self) -> None:
        cloud = cloud_with()
        run(cloud, repository_name=None)
        assert len(cloud.images) == RELEASES
        assert expired(cloud) == list(range(1, 21))


class TestRefusals:
    """The release has succeeded: what AWS refuses here is a warning, and is tried again."""

    @pytest.mark.parametrize(
        "operation",
        [
            "DescribeServices",
            "ListTasks",
            "ListTaskDefinitions",
            "DescribeImages",
            "DescribeDBSnapshots",
        ],
    )
    def test_to_be_told_what_runs_leave_everything(self, operation: str) -> None:
        cloud = cloud_with()
        cloud.refused = {operation}
        assert run(cloud) == [
            f"warning: old releases stay for now: {operation}: AccessDeniedException: no"
        ]
        assert (len(cloud.revisions), len(cloud.images)) == (60, 30)
        assert not expired(cloud)

    def test_of_a_record_to_be_read_leave_everything(self) -> None:
        cloud = cloud_with()
        del cloud.table.items[PREFIX, 3]["image"]
        (line,) = run(cloud)
        assert line.startswith("warning: old releases stay for now: The record of release 3 ")
        assert len(cloud.images) == 30, "what it cites is not known"

    def test_to_tell_what_an_image_consists_of_leave_everything(self) -> None:
        cloud = cloud_with()
        cloud.push_index("multi", day(1), ["arm"])
        cloud.refused = {"BatchGetImage"}
        assert len(run(cloud)) == 1
        assert (len(cloud.revisions), len(cloud.images)) == (60, 32)

    @pytest.mark.parametrize(
        ("operation", "warnings"),
        [
            ("DeregisterTaskDefinition", 40),
            ("DeleteTaskDefinitions", 4),
            ("BatchDeleteImage", 1),
            ("DeleteDBSnapshot", 20),
        ],
    )
    def test_to_delete_are_warnings_and_are_tried_again(
        self, operation: str, warnings: int
    ) -> None:
        cloud = cloud_with()
        cloud.refused = {operation}
        said = [line for line in run(cloud) if line.startswith("warning: ")]
        assert len(said) == warnings
        assert all("AccessDeniedException: no" in line for line in said)
        assert not expired(cloud), "a record says that what is still there is gone"
        cloud.refused = set()
        run(cloud)
        assert expired(cloud) == list(range(1, 21))
        assert (len(cloud.revisions), len(cloud.images), len(cloud.snapshots)) == (20, 10, 10)

    def test_of_single_things_leave_their_release_unmarked(self) -> None:
        cloud = cloud_with()
        cloud.refused = {revision(4), digest("i9")}
        said = run(cloud)
        assert "warning: flaskapp-prod-web:4 stays: IN_USE" in said
        assert set(range(1, 21)) - set(expired(cloud)) == {4, 9}

    def test_because_it_is_gone_already_are_none(self) -> None:
        class Racing(FakeRegistry):
            def batch_delete_image(self, **asked: Any) -> dict[str, Any]:
                self.images.pop(digest("i4"), None)
                return super().batch_delete_image(**asked)

        cloud = cloud_with()
        racing = Racing(**{field.name: getattr(cloud, field.name) for field in fields(cloud)})
        assert not [line for line in run(racing) if line.startswith("warning: ")]
        assert 4 in expired(racing)

    def test_because_a_snapshot_is_gone_already_are_none(self) -> None:
        class Racing(FakeRegistry):
            def delete_db_snapshot(self, **asked: Any) -> dict[str, Any]:
                raise RefusedError("DBSnapshotNotFound", "gone")

        cloud = cloud_with()
        racing = Racing(**{field.name: getattr(cloud, field.name) for field in fields(cloud)})
        assert not [line for line in run(racing) if line.startswith("warning: ")]
        assert expired(racing) == list(range(1, 21))
