"""`doctor`: looks for everything that commonly goes wrong, and says what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ops.checks.every import CHECKS, LOGIN, OTHERS
from ops.permissions import Need
from ops.problems import OpsError
from ops.verb import Operation, verb

if TYPE_CHECKING:
    from infra.settings import Settings
    from ops.checks.situation import Situation
    from ops.checkup import Result
    from ops.outputs import Outputs

NAMES = tuple(check.name for check in CHECKS)
WIDTH = max(map(len, NAMES)) + 2


def _needs() -> Iterator[Need]:
    """Each once, though several checks have it."""
    known: list[Need] = []
    for need in (need for check in CHECKS for need in check.needs):
        if need not in known:
            known.append(need)
            yield need


NEEDS = tuple(_needs())


def _names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    del ctx, param
    return [name for name in NAMES if name.startswith(incomplete)]


@verb("doctor", short_help="what commonly goes wrong", epilog=f"Checks: {', '.join(NAMES)}.")
@click.argument("checks", nargs=-1, metavar="[CHECK]...", shell_complete=_names)
@click.option("--quiet", "-q", is_flag=True, help="Show only what needs somebody.")
def command(operation: Operation, checks: tuple[str, ...], quiet: bool) -> int:
    """Look for everything that commonly goes wrong, and say what to do about it.

    Without a name all checks are made. What cannot be looked at, for lack of a permission, say,
    is told and counts as no fault. The exit code is 1 when there is a problem.
    """
    from dataclasses import replace

    from ops.checkup import examine, made

    chosen = [check for check in OTHERS if check.name in _chosen(checks)]
    situation = _situation(operation)
    login = made(LOGIN, situation)
    logged_in = all(each.state == "ok" for each in login.findings)
    if logged_in:
        published, unpublished = _published(operation)
        situation = replace(situation, published=published, unpublished=unpublished)
    results = [login] if not checks or LOGIN.name in checks or not logged_in else []
    for result in results:
        _tell(operation, result, quiet=quiet)
    for result in examine(chosen, situation, logged_in=logged_in):
        results.append(result)
        _tell(operation, result, quiet=quiet)
    _tell_blocked(operation, results)
    return _conclude(operation, results)


def _chosen(names: Sequence[str]) -> Sequence[str]:
    strange = [name for name in names if name not in NAMES]
    if strange:
        raise OpsError(
            f"There is no check {', '.join(strange)}; there are: {', '.join(NAMES)}.", exit_code=2
        )
    return names or NAMES


def _situation(operation: Operation) -> Situation:
    """Everything but what AWS has to be asked for."""
    from ops.checks.situation import Situation
    from ops.names.internet import Internet

    return Situation(
        stack=operation.stack,
        root=operation.root,
        environ=os.environ,
        place=operation.place,
        clients=operation.clients,
        internet=Internet(),
        now=operation.clock.now(),
        settings=_settings(operation),
        published=None,
    )


def _settings(operation: Operation) -> Settings | None:
    """What the file says; what is wrong with it is told by a check of its own."""
    from infra.problems import SettingsError
    from infra.settings import load_settings
    from infra.stack_files import read_stack

    try:
        return load_settings(read_stack(operation.stack, operation.root))
    except SettingsError:
        return None


def _published(operation: Operation) -> tuple[Outputs | None, str]:
    """The outputs, or in words why there are none."""
    from ops.failures import explained
    from release.aws_errors import AwsError

    try:
        return operation.outputs, ""
    except OpsError as error:
        return None, str(error)
    except AwsError as error:
        return None, str(explained(error, operation))


def _tell(operation: Operation, result: Result, *, quiet: bool) -> None:
    from ops.findings import show

    if operation.report.as_json:
        operation.report.say(f"{result.check}: {result.about} looked at")
    if not result.blocked:
        shown = [each for each in result.findings if not quiet or each.remedy]
        show(operation.report, shown, name=result.check, width=WIDTH)


def _tell_blocked(operation: Operation, results: Sequence[Result]) -> None:
    """In one line for each reason."""
    for why in dict.fromkeys(each.blocked for each in results if each.blocked):
        names = ", ".join(each.check for each in results if each.blocked == why)
        operation.report.print(f"? {why}: {names}", style="dim")


def _conclude(operation: Operation, results: Sequence[Result]) -> int:
    counts = {
        state: sum(result.count(state) for result in results)
        for state in ("problem", "warning", "unknown")
    }
    operation.report.document(
        {
            "stack": operation.stack,
            "problems": counts["problem"],
            "warnings": counts["warning"],
            "unknown": counts["unknown"],
            "checks": results,
        }
    )
    said = [
        f"{number} {name}{'' if number == 1 else 's'}"
        for name, number in (("problem", counts["problem"]), ("warning", counts["warning"]))
        if number
    ]
    said += [f"{counts['unknown']} not looked at"] if counts["unknown"] else []
    operation.report.print()
    operation.report.print(
        f"{operation.stack}: {', '.join(said) or 'nothing is wrong'}.",
        style="bold red" if counts["problem"] else "bold",
    )
    return 1 if counts["problem"] else 0
