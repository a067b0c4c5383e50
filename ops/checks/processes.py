"""Tasks that do not run, and deployments that neither end nor fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown
from ops.permissions import TABLE, Need
from ops.verbs import ps

if TYPE_CHECKING:
    from ops.checks.situation import Situation
    from ops.processes import ProcessView
    from release.look import Look
    from release.record import Record

NEEDS = (*ps.RUNNING, Need(actions=("dynamodb:Query",), resources=(TABLE,)))
# `release: rollout-timeout-seconds` may not be more; used where the settings cannot be read.
LONGEST_SECONDS = 7200


def find(situation: Situation) -> Iterator[Finding]:
    """Every process runs as many tasks as are wanted, and no deployment takes too long."""
    from ops import processes
    from ops.releases.history import ledger_of
    from ops.services import watched_services

    outputs, clients, now = situation.outputs, situation.clients, situation.now
    records = ledger_of(clients, outputs).history(ps.RECORDS)
    services, cluster = watched_services(outputs), outputs.cluster_name
    views, looks = processes.views_of(clients, cluster, services, records, now)
    if not any(each.is_there for each in views):
        yield _nothing_yet(records, situation)
        return
    stuck = [line for each in views for line in _stuck(each, looks[each.process], situation)]
    for each in views:
        if each.why:
            yield problem(f"{each.process}: {'; '.join(each.why)}", _look(situation, each.process))
    for line in stuck:
        yield problem(line, _look(situation, line.partition(":")[0]))
    if not stuck and not any(each.why for each in views):
        yield ok(", ".join(f"{each.process} {each.running} of {each.desired}" for each in views))


def _nothing_yet(records: Sequence[Record], situation: Situation) -> Finding:
    """No service at all: as a rule the first release has not come so far."""
    if records and records[0].verdict == "running":
        return unknown("no process runs yet: a release is under way, which makes their services")
    return problem(
        "no process has a service: nothing runs",
        f"`bin/ops release --stack {situation.stack}` says how far the last release came; put that "
        f"right, then {situation.way_back.up}",
    )


def _look(situation: Situation, process: str) -> str:
    return (
        f"`bin/ops ps {process} --stack {situation.stack}` shows its tasks, "
        f"`bin/ops logs --process {process} --stack {situation.stack}` what they print"
    )


def _stuck(view: ProcessView, look: Look, situation: Situation) -> Iterator[str]:
    """A deployment that goes on for longer than an update would wait for it."""
    primary, settings = look.service.primary, situation.settings
    longest = settings.release.rollout_timeout_seconds if settings else LONGEST_SECONDS
    if primary is None or primary.state != "IN_PROGRESS":
        return
    took = situation.now - primary.created_at
    if took > timedelta(seconds=longest):
        minutes = int(took.total_seconds() // 60)
        yield f"{view.process}: its deployment of {view.revision} goes on for {minutes} min already"


CHECK = Check(name="processes", about="tasks and deployments", find=find, needs=NEEDS)
