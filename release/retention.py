"""What becomes of old releases: the last ones stay complete, and so does whatever runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from release import deployments, failed_tasks, kept_releases, old_revisions, old_snapshots
from release.aws_errors import AwsError, in_words
from release.clients import Clients
from release.kept_releases import Releases
from release.ledger import Ledger
from release.old_images import Image, Repository, cited_among, out_of_use
from release.problems import ReleaseError
from release.progress import Say
from release.record import Record


@dataclass(frozen=True, kw_only=True)
class RetentionRequest:
    """What may go, and how many releases that succeeded stay.

    `services` are names of ECS services, `families` those of the stack's task definitions; without
    a `repository_name` the images are somebody else's and are left alone.
    """

    prefix: str
    table_name: str
    cluster: str
    services: tuple[str, ...]
    repository_name: str | None
    registry_id: str
    families: tuple[str, ...]
    kept_releases: int


def expire(request: RetentionRequest, clients: Clients, say: Say) -> None:
    """Remove what no kept release cites and no task runs, then mark the records.

    Safe to repeat. What AWS refuses is said as a warning and tried again the next time: the
    release itself has succeeded. While it is not known what runs, nothing is removed.
    """
    try:
        _Retention(request, clients, say).expire()
    except (*AwsError, ReleaseError) as error:
        say(f"warning: old releases stay for now: {in_words(error)}")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What goes: nothing in it is cited by a kept release or run by a task."""

    records: tuple[Record, ...]
    active: tuple[str, ...]
    inactive: tuple[str, ...]
    images: tuple[Image, ...]
    snapshots: Mapping[str, int]


class _Retention:
    def __init__(self, request: RetentionRequest, clients: Clients, say: Say) -> None:
        self._request, self._clients, self._say = request, clients, say
        self._ledger = Ledger(clients.dynamodb, request.table_name, request.prefix)
        self._repository = Repository(
            ecr=clients.ecr, name=request.repository_name or "", registry_id=request.registry_id
        )

    def expire(self) -> None:
        """Read everything first, so that what cannot be read leaves everything as it is."""
        running = self._running()
        history = self._ledger.history()
        releases = kept_releases.part(history, self._request.kept_releases, running)
        if releases:
            self._carry_out(self._plan(releases, running))

    def _running(self) -> frozenset[str]:
        """Revisions of the services' deployments and of every task that has not stopped."""
        request, ecs = self._request, self._clients.ecs
        services = deployments.describe(ecs, request.cluster, request.services).values()
        asked = {each.revision for service in services for each in service.deployments}
        tasks = failed_tasks.of_cluster(ecs, request.cluster)
        return frozenset(asked | {each.revision for each in tasks if not each.has_stopped})

    def _plan(self, releases: Releases, running: frozenset[str]) -> _Plan:
        ecs, families = self._clients.ecs, self._request.families
        active = old_revisions.in_families(ecs, families, "ACTIVE")
        inactive = old_revisions.in_families(ecs, families, "INACTIVE")
        kept = releases.revisions | running | old_revisions.newest(active)
        return _Plan(
            # A rollback keeps what the release that it went back to has left.
            records=tuple(each for each in releases.old if not _is_whole(each, releases)),
            active=tuple(arn for arn in active if arn not in kept),
            inactive=tuple(arn for arn in inactive if arn not in kept),
            images=self._old_images(releases, kept),
            snapshots=old_snapshots.of_releases(
                self._clients.rds, self._request.prefix, releases.old
            ),
        )

    def _old_images(self, releases: Releases, kept: frozenset[str]) -> tuple[Image, ...]:
        if self._request.repository_name is None:
            return ()
        images = self._repository.images()
        unrecorded = kept - releases.revisions
        cited = releases.images | old_revisions.images_of(self._clients.ecs, unrecorded)
        young = {each.digest for each in images if each.pushed_at >= releases.kept_since}
        children = self._repository.children([each for each in images if each.is_index])
        return tuple(out_of_use(images, cited_among(images, cited) | young, children))

    def _carry_out(self, plan: _Plan) -> None:
        counts = {
            "revisions": len(plan.active) + len(plan.inactive),
            "images": len(plan.images),
            "snapshots": len(plan.snapshots),
        }
        if any(counts.values()):
            said = ", ".join(f"{what}: {count}" for what, count in counts.items() if count)
            self._say(f"removing what only old releases need: {said}")
        ecs, rds = self._clients.ecs, self._clients.rds
        refused = old_revisions.remove(ecs, plan.active, plan.inactive, self._say)
        refused |= self._repository.remove(plan.images, self._say)
        stuck = old_snapshots.remove(rds, list(plan.snapshots), self._say)
        incomplete = {plan.snapshots[name] for name in stuck}
        for record in plan.records:
            parts = {record.image.partition("@")[2], *record.task_definitions.values()}
            if record.number not in incomplete and not parts & refused:
                self._ledger.save(replace(record, expired=True))


def _is_whole(record: Record, releases: Releases) -> bool:
    """Whether kept releases cite all that it consists of."""
    cited = set(record.task_definitions.values())
    return bool(cited) and cited <= releases.revisions and record.image in releases.images
