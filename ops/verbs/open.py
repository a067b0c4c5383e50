"""`open`: the application in a browser."""

from __future__ import annotations

import sys

import click

from ops.permissions import Need
from ops.verb import Operation, verb

NEEDS: tuple[Need, ...] = ()


@verb("open", short_help="the application in a browser")
@click.option("--print", "only_print", is_flag=True, help="Print the address, open nothing.")
def command(operation: Operation, only_print: bool) -> None:
    """Open the application's address in a browser; print it where there is none."""
    address, report = operation.address, operation.report
    report.document({"address": address, "balancer": operation.outputs.balancer_dns_name})
    report.print(address)
    if only_print or report.as_json or not sys.stdout.isatty():
        return
    import webbrowser

    if not webbrowser.open(address):
        report.say("There is no browser here that could be opened.")
