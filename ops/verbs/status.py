"""`status`: everything that matters on one screen; its exit code is for scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from ops import backup_schedule
from ops.permissions import DATABASE, INSTANCE, NO_RESOURCE, TABLE, Need
from ops.sections import alarms, maintenance
from ops.verb import Operation, verb
from ops.verbs import ps

if TYPE_CHECKING:
    from datetime import timedelta

    from ops.sections.section import Section
    from release.record import Record

WRONG, UNREADABLE = 1, 2
MARKS = {
    "fine": ("✓", "green"),
    "wrong": ("✗", "bold red"),
    "told": ("·", ""),
    "unknown": ("?", "yellow"),
}
NEEDS = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    *ps.RUNNING,
    ps.LEFT_OVER,
    *maintenance.NEEDS,
    Need(
        actions=(
            "cloudwatch:GetMetricData",
            "ce:GetCostAndUsage",
            "ce:ListCostAllocationTags",
            "backup:ListRestoreJobsByProtectedResource",
        ),
        because=NO_RESOURCE,
    ),
    alarms.NEED,
    Need(
        actions=("sqs:GetQueueAttributes",),
        resources=("arn:{partition}:sqs:{region}:{account_id}:{prefix}-*",),
    ),
    INSTANCE,
    Need(
        actions=("backup:ListRecoveryPointsByBackupVault",),
        resources=("arn:{partition}:backup:{region}:{account_id}:backup-vault:{vault_name}",),
    ),
    backup_schedule.NEED,
)


@verb("status", short_help="everything on one screen", failure_code=UNREADABLE)
@click.option(
    "--no-cost", is_flag=True, help="Leave out the cost: AWS takes $0.01 for each such question."
)
def command(operation: Operation, no_cost: bool) -> int:
    """Show on one screen how the stack does.

    The exit code is 0 when nothing is wrong, 1 when something is, 2 when something could not be
    read and nothing else is wrong.
    """
    sections = _all(operation, _questions(operation, with_cost=not no_cost))
    wrong = [name for name, each in sections.items() if each.state == "wrong"]
    unknown = [name for name, each in sections.items() if each.state == "unknown"]
    operation.report.document(
        {
            "stack": operation.stack,
            "address": operation.address,
            "wrong": wrong,
            "unknown": unknown,
            "sections": sections,
        }
    )
    _show(operation, sections, wrong)
    return WRONG if wrong else UNREADABLE if unknown else 0


Question = Callable[[], "Section"]


def _questions(operation: Operation, *, with_cost: bool) -> Mapping[str, Question]:
    """What is asked, by the name of its line."""
    from ops.releases.history import ledger_of
    from ops.sections import backups, costs, database, queues, release, traffic

    outputs, clients, now = operation.outputs, operation.clients, operation.clock.now()
    records = _records(operation)
    longest = _longest(operation, records)
    rds, backup, sqs, cloudwatch = clients.rds, clients.backup, clients.sqs, clients.cloudwatch
    arn = _database_arn(operation)
    questions: dict[str, Question] = {
        "release": lambda: release.section(records, now, longest),
        "processes": _processes(operation, records, longest),
        "maintenance": lambda: maintenance.section(clients, outputs, now),
        "alarms": lambda: alarms.section(cloudwatch, outputs, operation.root),
        "requests": lambda: traffic.section(cloudwatch, outputs, now),
        "queue": lambda: queues.section(sqs, cloudwatch, outputs, now),
        "database": lambda: database.section(rds, cloudwatch, outputs.database_identifier, now),
        "backup": lambda: backups.section(backup, outputs, arn, ledger_of(clients, outputs), now),
        "restore test": lambda: backups.restore_test(backup, arn, now),
    }
    if with_cost:
        ce, tags = clients.costs, operation.place.tags
        questions["cost"] = lambda: costs.section(ce, tags, now)
    return questions


def _records(operation: Operation) -> list[Record]:
    from ops.releases.history import ledger_of

    return ledger_of(operation.clients, operation.outputs).history(ps.RECORDS)


def _longest(operation: Operation, records: list[Record]) -> timedelta:
    """What a release may take; what is wrong with the stack's file is not told here."""
    from infra.problems import SettingsError
    from infra.settings import load_settings
    from infra.stack_files import read_stack
    from ops.releases import unfinished

    # Reading the settings takes longer than most questions do.
    if not records or records[0].verdict != "running":
        return unfinished.longest(None)
    try:
        return unfinished.longest(load_settings(read_stack(operation.stack, operation.root)))
    except SettingsError:
        return unfinished.longest(None)


def _database_arn(operation: Operation) -> str:
    from ops.permissions import values_of

    return DATABASE.format_map(values_of(operation.outputs))


def _processes(operation: Operation, records: list[Record], longest: timedelta) -> Question:
    from ops import processes
    from ops.releases.unfinished import is_under_way
    from ops.sections import processes as line
    from ops.services import watched_services, with_left_over

    outputs, clients, now = operation.outputs, operation.clients, operation.clock.now()
    under_way = bool(records) and is_under_way(records[0], longest, now)
    serving = next((each for each in records if each.verdict == "succeeded"), None)

    def ask() -> Section:
        services = watched_services(with_left_over(clients.ecs, outputs))
        cluster = outputs.cluster_name
        views, _ = processes.views_of(clients, cluster, services, records, now)
        first = under_way and serving is None
        views = processes.marked(views, outputs)
        return line.section(views, None if under_way else serving, beginning=first)

    return ask


def _all(operation: Operation, questions: Mapping[str, Question]) -> Mapping[str, Section]:
    """All answers; those that AWS refuses are unknown, what ends all of them is raised."""
    from ops import at_once

    with at_once.questions() as pool:
        answers = {
            name: pool.submit(_answer, operation, name, ask) for name, ask in questions.items()
        }
        return {name: answer.result() for name, answer in answers.items()}


def _answer(operation: Operation, name: str, ask: Question) -> Section:
    from ops.failures import is_about_the_login, short
    from ops.sections.section import Section
    from release.aws_errors import AwsError

    try:
        return ask()
    except AwsError as error:
        if is_about_the_login(error) and not operation.place.is_emulated:
            raise
        # Without its cost a stack is as well as before, and an emulated AWS has not everything.
        is_told = name == "cost" or operation.place.is_emulated
        return Section(state="told" if is_told else "unknown", text=f"not known: {short(error)}")


def _show(operation: Operation, sections: Mapping[str, Section], wrong: list[str]) -> None:
    from rich.text import Text

    report = operation.report
    verdict = f"wrong: {', '.join(wrong)}" if wrong else "nothing is wrong"
    if sections["maintenance"].facts.get("state") == "on":
        verdict = f"in maintenance; {verdict}"
    report.print(
        f"{operation.stack}  {operation.address}  {verdict}",
        style="bold red" if wrong else "bold",
    )
    for name, section in sections.items():
        mark, style = MARKS[section.state]
        # What is well is left alone, so that the eye finds the rest.
        rest = "" if section.state == "fine" else style
        report.print(
            Text.assemble((f"{mark} ", style), (f"{name:<13}", "bold"), (section.text, rest))
        )
        for line in section.details:
            report.print(f"{'':<15}{line}", style=style)
