"""What the shell offers after a tab: names that are known without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def stacks(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Stacks that have a file."""
    from ops import verb

    del ctx, param
    names = sorted(path.name.split(".")[1] for path in verb.ROOT.glob("Pulumi.*.yaml"))
    return [name for name in names if name.startswith(incomplete)]


def processes(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Processes of the application's Procfile that keep running.

    A stack may run an older Procfile; the verb itself asks the stack.
    """
    return [name for name in procfile_names(ctx, param, incomplete) if name != "release"]


def procfile_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """All processes of the Procfile, `release` among them."""
    from ops import verb

    del ctx, param
    path = verb.ROOT / "app" / "Procfile"
    text = path.read_text().splitlines() if path.is_file() else []
    names = [line.partition(":")[0].strip() for line in text if ":" in line and line[0] != "#"]
    return [name for name in names if name.startswith(incomplete)]


def pages(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Pages of AWS's console."""
    from ops.console_pages import OTHER_PAGES

    shared = [name for name in OTHER_PAGES if name.startswith(incomplete)]
    return [*processes(ctx, param, incomplete), *shared]


def verbs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The verbs."""
    from ops.verb_list import VERBS

    del ctx, param
    return [name for name in VERBS if name.startswith(incomplete)]
