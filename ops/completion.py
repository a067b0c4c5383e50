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
    """Processes of the application's Procfile, apart from `release`, which does not keep running.

    A stack may run an older Procfile; the verb itself asks the stack.
    """
    from ops import verb

    del ctx, param
    path = verb.ROOT / "app" / "Procfile"
    lines = path.read_text().splitlines() if path.is_file() else []
    names = [line.partition(":")[0].strip() for line in lines if ":" in line and line[0] != "#"]
    return [name for name in names if name != "release" and name.startswith(incomplete)]


def verbs(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The verbs."""
    from ops.verb_list import VERBS

    del ctx, param
    return [name for name in VERBS if name.startswith(incomplete)]
