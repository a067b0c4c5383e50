"""The command line: finds the verb and leaves the rest to it."""

from __future__ import annotations

import importlib
import io
import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from ops import completion
from ops.approval import STOPPED
from ops.problems import OpsError
from ops.verb import Defaults
from ops.verb_list import HEROKU, VERBS, module_of

PROGRAM = "bin/ops"
# The shell asks with it for what fits after a tab (`bin/ops completion`).
COMPLETE_VARIABLE = "_OPS_COMPLETE"


class ReaderGoneError(Exception):
    """Whoever read the output has seen enough: `bin/ops logs | head`."""


class Verbs(click.Group):
    """A group whose commands are imported when they are typed: `--help` must be quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in their own order."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command; None for a word that is no verb."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(module_of(cmd_name)).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; click itself would end a verb without a reader as one that has failed."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        return done

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs, without importing any."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def shell_complete(
        self, ctx: click.Context, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """The verbs with what each does, without importing any; options as ever."""
        from click.shell_completion import CompletionItem

        items = [
            CompletionItem(name, help=text)
            for name, text in VERBS.items()
            if name.startswith(incomplete)
        ]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The typed verb, or Heroku's word for it; a usage error names those that are meant,
        perhaps.
        """
        args = _without_colon(args)
        word = args[0]
        if word not in VERBS and not word.startswith("-"):
            import difflib

            near = difflib.get_close_matches(word, VERBS, n=3)
            hint = f" Did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"There is no verb {word!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _without_colon(args: list[str]) -> list[str]:
    """`config:set` is `config set`, and `ps:scale` is `scale`."""
    first, *rest = args
    if first in HEROKU:
        return [*HEROKU[first], *rest]
    head, colon, tail = first.partition(":")
    return [head, tail, *rest] if colon and tail and head in VERBS else args


@click.group(
    cls=Verbs,
    subcommand_metavar="VERB [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--stack",
    metavar="NAME",
    shell_complete=completion.stacks,
    help="The stack; else STACK, else the selected one. May stand behind the verb too.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
@click.pass_context
def program(ctx: click.Context, stack: str | None, as_json: bool) -> None:
    """Operate a stack: what runs, what it says, and what to do about it.

    `bin/ops VERB --help` explains one verb, docs/operating.md all of them.
    """
    ctx.obj = Defaults(stack, as_json)


def _leave_at_once(code: int) -> NoReturn:
    """Exit without waiting for threads: Python would, for a question that AWS does not answer."""
    # Whoever read the output may have gone, too.
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _replace_what_has_no_place() -> None:
    """A terminal of another alphabet shows `?` for a mark that it lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def main() -> None:
    """Run the verb and exit: 0 done, 1 failed, 2 not understood, 130 interrupted."""
    _replace_what_has_no_place()
    try:
        code = program.main(
            prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE, standalone_mode=False
        )
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except OpsError as error:
        click.echo(str(error), err=True)
        _leave_at_once(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        _leave_at_once(STOPPED)
    except ReaderGoneError:
        # What Python still holds for them goes nowhere: writing it on exit would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave_at_once(141)
    sys.exit(code if isinstance(code, int) else 0)
