"""`exec`: a command in a running task."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import click

from ops import completion
from ops.sessions.needs import EXEC
from ops.verb import Operation, verb
from ops.verbs.shell import enter

NEEDS = EXEC


@verb("exec", changes=True, short_help="a command in a running task")
@click.argument("name", metavar="TASK", shell_complete=completion.processes)
@click.argument("words", metavar="-- COMMAND...", nargs=-1, type=click.UNPROCESSED)
def command(operation: Operation, name: str, words: Sequence[str]) -> int:
    """Run a command in a running task, which `bin/ops ps` shows; a process's name means any of it.

    Tasks that serve need `exec-enabled: true` for that; a console that `bin/ops shell` has opened
    does not. The words go to the program as they are. ECS does not tell how the command ended:
    where the exit code counts, use `bin/ops run`.
    """
    if not words:
        raise click.UsageError("What should run? For example: bin/ops exec web -- ps aux")
    return enter(operation, name, words, shlex.join(words))
