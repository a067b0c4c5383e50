"""`completion`: what lets the shell complete verbs, stacks and processes."""

from __future__ import annotations

from pathlib import Path

import click

from ops.permissions import Need
from ops.verb import Operation, verb

NEEDS: tuple[Need, ...] = ()
SHELLS = ("bash", "zsh", "fish")
PROGRAM = Path(__file__).resolve().parents[2] / "bin" / "ops"


@verb("completion", short_help="for the shell")
@click.argument("shell", type=click.Choice(SHELLS))
def command(operation: Operation, shell: str) -> None:
    """Print what the shell must read so that the tab key works behind `bin/ops` and `ops`.

    \b
    bash: eval "$(bin/ops completion bash)"    in ~/.bashrc, with the path of bin/ops
    zsh:  eval "$(bin/ops completion zsh)"     in ~/.zshrc, behind compinit
    fish: bin/ops completion fish > ~/.config/fish/completions/ops.fish
    """
    from ops.shell_scripts import script

    text = script(shell, PROGRAM)
    operation.report.pass_on(text)
    operation.report.document({"shell": shell, "script": text})
