"""`maintenance`: a page that says so instead of the application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from ops.permissions import NO_RESOURCE, TABLE, Need
from ops.verb import Operation, group, verb
from ops.verbs.scale import NEEDS as SCALING

if TYPE_CHECKING:
    from ops.maintenance.situation import Situation

_RULES = (
    "arn:{partition}:elasticloadbalancing:{region}:{account_id}:listener-rule/{balancer_path}/*"
)
NEEDS = (
    Need(
        actions=("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"),
        resources=(TABLE,),
        condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "maintenance"}},
    ),
    Need(
        actions=("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules"),
        because=NO_RESOURCE,
    ),
    Need(
        actions=("elasticloadbalancing:CreateRule",),
        resources=(
            "arn:{partition}:elasticloadbalancing:{region}:{account_id}:listener/{balancer_path}/*",
        ),
    ),
    Need(
        actions=("elasticloadbalancing:DeleteRule", "elasticloadbalancing:ModifyRule"),
        resources=(_RULES,),
    ),
    # Workers that are stopped for the time.
    *SCALING,
)
RETRY_AFTER_SECONDS = 300
A_DAY = 86_400
_GOES_ON = "The same command goes on where it was, and `maintenance off` takes everything back."


@verb("maintenance status", short_help="whether there is any")
def status(operation: Operation) -> int:
    """Say whether visitors see the page, since when, and who is let through.

    Exit code 1 when a maintenance has begun or ended by half only.
    """
    from ops.maintenance import situation as maintenance

    now = maintenance.read(operation.clients, operation.outputs)
    operation.report.document(_plain(now))
    _show(operation, now)
    return 1 if now.is_unfinished else 0


@verb("maintenance on", changes=True, short_help="the page instead of the application")
@click.option("--page", "page_file", metavar="FILE", help="One HTML file with all it shows in it.")
@click.option(
    "--allow",
    "allowed",
    metavar="ADDRESS",
    multiple=True,
    help="Who reaches the application nevertheless: 203.0.113.7, 203.0.113.0/24. Repeatable.",
)
@click.option(
    "--workers",
    type=click.Choice(["stop"]),
    help="Stop all processes but web; `off` starts them again as they were.",
)
@click.option(
    "--retry-after",
    "retry_after_seconds",
    type=click.IntRange(1, A_DAY),
    default=RETRY_AFTER_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="When browsers and search engines are to come back.",
)
def on(
    operation: Operation,
    page_file: str | None,
    allowed: Sequence[str],
    workers: str | None,
    retry_after_seconds: int,
) -> int | None:
    """Answer visitors with 503, Retry-After and a page.

    Tasks go on running behind it, and `make up` neither ends nor minds it. Once more with other
    options changes them. Interrupted, the same again goes on where it was.
    """
    from ops.maintenance import situation as maintenance
    from ops.maintenance import steps
    from ops.maintenance.notice import Notice
    from ops.tasks.interruptions import finished_first

    page, addresses = maintenance.page(page_file), maintenance.addresses(allowed)
    clients, outputs, report = operation.clients, operation.outputs, operation.report
    who = clients.check_account()
    now = maintenance.read(clients, outputs)
    new = Notice(
        since=operation.clock.now(),
        who=who,
        retry_after_seconds=retry_after_seconds,
        page=page,
        addresses=addresses,
    )
    stop_workers = workers is not None
    notice = maintenance.wanted(now, new, stop_workers=stop_workers)
    if maintenance.is_so_already(now, notice):
        report.print("That is so already; nothing was changed.")
    else:
        plan = list(maintenance.sentences(now, notice, page_file))
        operation.approval.ask(plan)
        now = steps.still(clients, outputs, now)
        notice = maintenance.wanted(now, new, stop_workers=stop_workers)
        _note(operation, plan)
        with finished_first(report.say, _GOES_ON) as say:
            for step in steps.begin(clients, outputs, now, notice):
                say(step)
        report.print(
            f"Maintenance is on. `bin/ops maintenance off --stack {operation.stack}` ends it."
        )
    report.document(_plain(maintenance.read(clients, outputs)))
    return 0


@verb("maintenance off", changes=True, short_help="the application again")
def off(operation: Operation) -> int | None:
    """Let visitors reach the application again, and start what was stopped.

    Interrupted, the same again goes on where it was.
    """
    from ops.maintenance import situation as maintenance
    from ops.maintenance import steps
    from ops.tasks.interruptions import finished_first

    clients, outputs, report = operation.clients, operation.outputs, operation.report
    clients.check_account()
    now = maintenance.read(clients, outputs)
    if now.state == "off":
        report.print("There is no maintenance; nothing was changed.")
    else:
        plan = list(maintenance.sentences_of_the_end(now))
        operation.approval.ask(plan)
        now = steps.still(clients, outputs, now)
        _note(operation, plan)
        with finished_first(report.say, _GOES_ON) as say:
            for step in steps.end(clients, outputs, now):
                say(step)
        report.print("Maintenance is off.")
    report.document(_plain(maintenance.read(clients, outputs)))
    return 0


command = group(
    "maintenance", [status, on, off], "Answer visitors with a page that says so, for a while."
)


def _note(operation: Operation, plan: Sequence[str]) -> None:
    from ops.journal import note

    note(operation, " ".join(plan))


def _plain(now: Situation) -> dict[str, Any]:
    notice = now.notice
    return {
        "state": now.state,
        "since": notice.since if notice else None,
        "who": notice.who if notice else None,
        "own_page": bool(notice and notice.page),
        "retry_after_seconds": notice.retry_after_seconds if notice else None,
        "addresses": now.rules.addresses,
        "stopped": {
            process: {
                "tasks_before": before.tasks,
                "tasks": now.workers[process].tasks if process in now.workers else None,
            }
            for process, before in (notice.stopped if notice else {}).items()
        },
    }


def _show(operation: Operation, now: Situation) -> None:
    from release.caller import short_name

    report, notice = operation.report, now.notice
    if now.state == "off":
        report.print("Maintenance is off: visitors reach the application.")
        return
    if now.is_on:
        began = (
            f" since {notice.since:%Y-%m-%d %H:%M} UTC, by {short_name(notice.who)}"
            if notice
            else ""
        )
        report.print(f"Maintenance is on{began}.", style="yellow")
    if now.is_unfinished:
        report.print(_unfinished(operation, now), style="red")
    if notice:
        which = "the page that was given" if notice.page else "a plain page"
        report.print(f"The page: {which}, with Retry-After: {notice.retry_after_seconds} seconds")
    if now.is_on:
        report.print(f"Let through: {', '.join(now.rules.addresses) or 'nobody'}")
    for process, before in (notice.stopped if notice else {}).items():
        tasks = now.workers[process].tasks if process in now.workers else 0
        said = f"{tasks} wanted, though it was to be stopped" if tasks else "stopped"
        report.print(f"{process}: {said}; {before.tasks} before")


def _unfinished(operation: Operation, now: Situation) -> str:
    what = "Visitors reach the application: it was interrupted, or the listener is a new one."
    if now.notice and now.notice.is_ending:
        what = "`maintenance off` has begun to take it back, and has not ended."
    elif now.is_partly:
        what = (
            f"Visitors of {operation.address} reach the application: the page is on another "
            "listener of the balancer only, as after a domain was added."
        )
    elif now.is_on and now.notice:
        what = "Another listener of the balancer has rules of it as well."
    elif now.is_on:
        what = "The table of releases says nothing of it: visitors get a plain page."
    return (
        f"{what}\nRun `bin/ops maintenance on --stack {operation.stack}` with its options again, "
        f"or `bin/ops maintenance off --stack {operation.stack}`."
    )
