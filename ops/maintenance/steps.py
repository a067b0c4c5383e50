"""How a maintenance begins and ends, step by step, also while somebody else begins or ends one.

Whoever changes something writes the notice first, on the condition that it is still the one that
was read. Who comes second is refused there; who was overtaken later sees it in the notice's version
when all is done.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.maintenance import listener_rules, situation, stopped_workers
from ops.maintenance import notice as maintenance_notice
from ops.problems import OpsError

if TYPE_CHECKING:
    from ops.clients import OpsClients
    from ops.maintenance.notice import Notice, Stopped
    from ops.maintenance.situation import Situation
    from ops.outputs import Outputs

_SHOWN = "`bin/ops maintenance` shows what there is now."


def still(clients: OpsClients, outputs: Outputs, asked_about: Situation) -> Situation:
    """What there is after a question; OpsError when the answer was about something else.

    Workers that AWS has scaled meanwhile are no such thing: what they are now counts.
    """
    now = situation.read(clients, outputs)
    if (_version(now.notice), now.rules) != (_version(asked_about.notice), asked_about.rules):
        raise _somebody_was_quicker()
    return now


def begin(clients: OpsClients, outputs: Outputs, now: Situation, notice: Notice) -> Iterator[str]:
    """Do what is missing, and say each step when it is done.

    The notice first: interrupted after it, the same again goes on, and `off` takes everything back.
    """
    table = outputs.releases_table_name
    written = maintenance_notice.write(clients.dynamodb, table, notice, replaces=now.notice)
    if written is None:
        raise _somebody_was_quicker()
    listener_rules.put(clients.elbv2, outputs, written.addresses, now.rules)
    yield "Visitors see the page."
    yield from _stop_workers(clients, outputs, written, now)
    yield from _unless_overtaken(clients, outputs, written)


def end(clients: OpsClients, outputs: Outputs, now: Situation) -> Iterator[str]:
    """Take everything back, the notice last: interrupted before, the same again goes on.

    It says first that it ends: whoever is stopping workers at this moment starts them again.
    """
    table, notice = outputs.releases_table_name, now.notice
    if notice:
        ending = replace(notice, is_ending=True)
        notice = maintenance_notice.write(clients.dynamodb, table, ending, replaces=notice)
        if notice is None:
            raise _somebody_was_quicker()
    yield from _take_back(clients, outputs, notice.stopped if notice else {})
    if notice and not maintenance_notice.delete(clients.dynamodb, table, notice):
        raise OpsError(
            "Somebody else has changed the maintenance meanwhile, so it is not known to be over.\n"
            f"{_SHOWN}"
        )


def _stop_workers(
    clients: OpsClients, outputs: Outputs, notice: Notice, now: Situation
) -> Iterator[str]:
    chosen = [process for process in notice.stopped if process in now.workers]
    for process in chosen:
        stopped_workers.suspend(clients, outputs, process, now.workers[process])
    # Until then scaling may have started one where there was none.
    current = stopped_workers.read(clients, outputs) if chosen else {}
    for process in chosen:
        if process in current and current[process].tasks:
            stopped_workers.stop(clients, outputs, process)
            yield f"{process}: ECS stops its tasks."


def _unless_overtaken(clients: OpsClients, outputs: Outputs, written: Notice) -> Iterator[str]:
    """Take everything back after an `off` that came in between: it may have looked too early."""
    found = maintenance_notice.read(clients.dynamodb, outputs.releases_table_name)
    if _version(found) == written.version:
        return
    if found is None or found.is_ending:
        yield from _take_back(clients, outputs, written.stopped)
        raise OpsError(
            f"Somebody else has run `maintenance off` meanwhile, so this was taken back.\n{_SHOWN}"
        )
    raise OpsError(
        f"Somebody else has run `maintenance on` meanwhile; both have changed something.\n{_SHOWN}"
    )


def _take_back(
    clients: OpsClients, outputs: Outputs, stopped: Mapping[str, Stopped]
) -> Iterator[str]:
    """Start what was stopped; an update may have taken a process away meanwhile."""
    current = stopped_workers.read(clients, outputs) if stopped else {}
    for process, before in stopped.items():
        if process in current:
            stopped_workers.start(clients, outputs, process, before, current[process])
            if before.tasks and not current[process].tasks:
                yield f"{process}: ECS starts its tasks."
    listener_rules.remove(clients.elbv2, listener_rules.read(clients.elbv2, outputs))
    yield "Visitors reach the application."


def _version(notice: Notice | None) -> str | None:
    return notice.version if notice else None


def _somebody_was_quicker() -> OpsError:
    return OpsError(
        "Somebody else has changed the maintenance meanwhile.\nNothing was changed by this; "
        f"{_SHOWN}"
    )
