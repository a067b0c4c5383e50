"""`dashboard`: where AWS's console shows the stack."""

from __future__ import annotations

import sys

import click

from ops import completion
from ops.permissions import Need
from ops.problems import OpsError
from ops.verb import Operation, verb

NEEDS: tuple[Need, ...] = ()


@verb("dashboard", short_help="where AWS shows the stack")
@click.argument("part", required=False, shell_complete=completion.pages)
def command(operation: Operation, part: str | None) -> None:
    """List the pages of AWS's console that show the stack, or open the one of PART."""
    from ops.console_pages import pages_of

    pages, report = pages_of(operation.outputs), operation.report
    if part is None:
        report.document(pages)
        for name, address in pages.items():
            report.print(f"{name:<10}{address}")
        return
    if part not in pages:
        raise OpsError(f"There is no page {part!r}; there are: {', '.join(pages)}.", exit_code=2)
    report.document({part: pages[part]})
    report.print(pages[part])
    if report.as_json or not sys.stdout.isatty():
        return
    import webbrowser

    if not webbrowser.open(pages[part]):
        report.say("There is no browser here that could be opened.")
