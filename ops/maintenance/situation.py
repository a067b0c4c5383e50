"""Holding the application back: what there is of it now, what is wished, and what that means."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ops.maintenance import listener_rules, stopped_workers
from ops.maintenance import notice as maintenance_notice
from ops.maintenance.listener_rules import ADDRESSES_MAX, Rules
from ops.maintenance.notice import Notice, Stopped
from ops.problems import OpsError

if TYPE_CHECKING:
    from ops.clients import OpsClients
    from ops.outputs import Outputs

# An item has room for 400 KB [DynamoDB developer guide, "Quotas"], a function's answer to the
# balancer for 1 MB.
PAGE_BYTES = 300 * 1024


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What AWS has of a maintenance now; `workers` are the processes without a balancer."""

    notice: Notice | None
    rules: Rules
    workers: Mapping[str, Stopped]

    @property
    def is_on(self) -> bool:
        """Whether visitors see the page."""
        return self.rules.page is not None

    @property
    def is_partly(self) -> bool:
        """Whether the page is only where the application no longer is: on another listener."""
        is_ending = self.notice is not None and self.notice.is_ending
        return not self.is_on and not is_ending and bool(self.rules.pages_elsewhere)

    @property
    def is_unfinished(self) -> bool:
        """Whether a verb was interrupted, or the listener is another one than it was."""
        if (self.notice and self.notice.is_ending) or self.rules.elsewhere:
            return True
        return (self.notice is not None) != self.is_on or (not self.is_on and bool(self.rules))

    @property
    def state(self) -> str:
        """`on`, `off`, `partly` or `unfinished`."""
        if self.is_partly:
            return "partly"
        if self.is_unfinished:
            return "unfinished"
        return "on" if self.is_on else "off"


def read(clients: OpsClients, outputs: Outputs) -> Situation:
    """Look at the table, the listeners and the workers."""
    return Situation(
        notice=maintenance_notice.read(clients.dynamodb, outputs.releases_table_name),
        rules=listener_rules.read(clients.elbv2, outputs),
        workers=stopped_workers.read(clients, outputs),
    )


def wanted(now: Situation, new: Notice, *, stop_workers: bool) -> Notice:
    """The notice to write: one that there is keeps its beginning, and how workers were before it.

    What they are now may be the half of an interrupted stop.
    """
    before = now.notice
    known = before.stopped if before else {}
    stopped = {**now.workers, **known} if stop_workers else known
    if before:
        new = replace(new, since=before.since, who=before.who)
    return replace(new, stopped=stopped)


def is_so_already(now: Situation, notice: Notice) -> bool:
    """Whether nothing is to be done."""
    idle = all(each.is_idle for name, each in now.workers.items() if name in notice.stopped)
    has_rules = now.is_on and now.rules.addresses == notice.addresses and not now.rules.elsewhere
    return has_rules and now.notice == notice and idle


def page(path: str | None) -> str:
    """The text of the page's file; empty without one. OpsError when it is not one for visitors."""
    if path is None:
        return ""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise OpsError(
            f"The page {path} cannot be read: {why}.\nGive an HTML file in UTF-8.", exit_code=2
        ) from error
    size = len(text.encode())
    if not text.strip() or size > PAGE_BYTES:
        what = "is empty" if not text.strip() else f"has {size:,} bytes"
        raise OpsError(
            f"The page {path} {what}; 1 to {PAGE_BYTES:,} bytes are allowed.\nIt must be one HTML "
            "file: styles and small pictures within it, nothing of this site.",
            exit_code=2,
        )
    return text


def addresses(given: Sequence[str]) -> tuple[str, ...]:
    """Addresses and ranges in AWS's form, each once; OpsError for what is none."""
    found = tuple(dict.fromkeys(map(_address, given)))
    if len(found) > ADDRESSES_MAX:
        raise OpsError(
            f"{len(found)} addresses are more than the {ADDRESSES_MAX} that there are rules for.\n"
            "Give ranges instead: 203.0.113.0/24.",
            exit_code=2,
        )
    return found


def _address(text: str) -> str:
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise OpsError(
            f"{text!r} is no address.\nWrite 203.0.113.7, or a range as 203.0.113.0/24.",
            exit_code=2,
        ) from None
    if not network.prefixlen:
        raise OpsError(
            f"{text} is everybody: nobody would see the page.\nNothing was changed.", exit_code=2
        )
    return str(network)


def sentences(now: Situation, notice: Notice, page_file: str | None) -> Iterator[str]:
    """What `on` is going to do."""
    what = f"the page {page_file}" if page_file else "a plain page"
    yield (
        f"Visitors get {what} with status 503, and Retry-After: {notice.retry_after_seconds} "
        "seconds."
    )
    if notice.addresses:
        yield f"Let through to the application: {', '.join(notice.addresses)}"
    else:
        yield "Nobody is let through to the application (--allow ADDRESS does that)."
    if now.rules.elsewhere:
        yield "What maintenance has left on another listener of the balancer goes."
    for process, before in notice.stopped.items():
        tasks = now.workers.get(process, before).tasks
        what = f"no task instead of {tasks}" if tasks else "no task, as now"
        scaling = "" if before.suspended is None else ", and its scaling is suspended"
        yield f"{process}: {what}{scaling}; `maintenance off` takes that back."
    if not notice.stopped and now.workers:
        yield f"{', '.join(now.workers)} go on working (--workers stop stops them)."


def sentences_of_the_end(now: Situation) -> Iterator[str]:
    """What `off` is going to do."""
    yield "Visitors reach the application again."
    stopped = now.notice.stopped if now.notice else {}
    for process, before in stopped.items():
        current = now.workers.get(process)
        if current is None:
            yield f"{process}: there is no such process any more; nothing to start."
        elif current.tasks:
            yield f"{process}: has {current.tasks} already, which stay."
        else:
            resumed = "" if before.suspended is None else ", and scaling goes on"
            yield f"{process}: {before.tasks} again{resumed}."
