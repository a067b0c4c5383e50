"""What all verbs have in common: their options, their context, and how they fail."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops import completion
from ops.approval import Approval
from ops.problems import OpsError
from ops.report import Report

if TYPE_CHECKING:
    from ops.access import Place
    from ops.clients import OpsClients
    from ops.outputs import Outputs
    from release.progress import Clock

ROOT = Path(__file__).resolve().parent.parent
_NOT_UNDERSTOOD = 2


@dataclass
class Operation:
    """One verb at work: on which stack, with which clients, and where its lines go."""

    verb: str
    given_stack: str | None
    report: Report
    yes: bool = False
    # Looked up when it is needed: tests have a folder of their own.
    root: Path = field(default_factory=lambda: ROOT)

    @cached_property
    def stack(self) -> str:
        """The stack's name."""
        from ops.selection import selected_stack

        return selected_stack(self.given_stack, self.root, os.environ)

    @cached_property
    def place(self) -> Place:
        """Where the stack is, as its file says."""
        from ops.access import place_of

        return place_of(self.stack, self.root)

    @cached_property
    def clients(self) -> OpsClients:
        """AWS, as the stack's file names it."""
        from ops.clients import OpsClients

        return OpsClients(self.place.access, self.report.say)

    @cached_property
    def outputs(self) -> Outputs:
        """What the stack's last update published."""
        from ops.outputs import StackMissingError, read_outputs

        try:
            found = read_outputs(self.clients.ssm, self.place.prefix, self.stack)
        except StackMissingError:
            # Credentials of another account are the usual reason, and a better one to read.
            self.clients.check_account()
            raise
        if found.account_id != self.place.access.account_id:
            # A stack of the same name may be there, too.
            self.clients.check_account()
        return found

    @property
    def address(self) -> str:
        """Where a browser finds the application."""
        if not self.place.is_emulated:
            return self.outputs.address
        from deploy import page

        endpoints = self.place.access.endpoints
        return page.address({"balancer_arn": self.outputs.balancer_arn}, endpoints["default"])

    @cached_property
    def clock(self) -> Clock:
        """The time."""
        from release.progress import SystemClock

        return SystemClock()

    @property
    def approval(self) -> Approval:
        """How to ask before changing something."""
        return Approval(
            stack=self.stack,
            protected=self.outputs.protected,
            given=self.yes,
            report=self.report,
        )


@dataclass(frozen=True)
class Defaults:
    """Options that stand before the verb: `bin/ops --stack staging ps`."""

    stack: str | None = None
    as_json: bool = False


class VerbCommand(click.Command):
    """A verb; `changes` says that it changes something, and so asks and is journalled."""

    changes = False
    failure_code = 1

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the words apart."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            _give_code(error, self.failure_code)
            raise


class VerbGroup(click.Group):
    """A verb of several: `config set`, `maintenance on`. Without one of them the first is meant."""

    @property
    def changes(self) -> bool:
        """Whether any of them changes something."""
        return any(getattr(each, "changes", False) for each in self.commands.values())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they were given."""
        del ctx
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first one's name in front of what names none."""
        word = args[0] if args else ""
        if word in ctx.help_option_names:
            args = [word]
        elif word not in self.commands and not ctx.resilient_parsing:
            first = next(iter(self.commands.values()))
            takes_words = any(isinstance(param, click.Argument) for param in first.params)
            if word and word[0] != "-" and not takes_words:
                raise click.UsageError(
                    f"There is no `{self.name} {word}`; there are: {', '.join(self.commands)}.", ctx
                )
            args = [str(first.name), *args]
        return super().parse_args(ctx, args)


def verb(
    name: str, *, changes: bool = False, failure_code: int = 1, **settings: Any
) -> Callable[[Callable[..., int | None]], VerbCommand]:
    """Make a function a verb: it gets an Operation first, then its own options.

    It returns its exit code, None for 0. With `changes` there is --yes. What AWS refuses becomes
    one message; the program then ends with `failure_code`. In a group the name is all words, as
    `config set`.
    """

    def decorate(do: Callable[..., int | None]) -> VerbCommand:
        @functools.wraps(do)
        def run(stack: str | None, as_json: bool, yes: bool = False, **options: Any) -> int:
            defaults = click.get_current_context().find_object(Defaults) or Defaults()
            report = Report(as_json=as_json or defaults.as_json)
            operation = Operation(name, stack or defaults.stack, report, yes)
            with _failures_in_words(operation, failure_code):
                return do(operation, **options) or 0

        command: Any = run
        if changes:
            command = click.option("--yes", is_flag=True, help="Do not ask.")(command)
        command = click.option(
            "--json", "as_json", is_flag=True, help="One JSON document instead of text."
        )(command)
        command = click.option(
            "--stack",
            metavar="NAME",
            shell_complete=completion.stacks,
            help="The stack; else STACK, else the selected one.",
        )(command)
        make: Any = click.command(name.rpartition(" ")[2], cls=VerbCommand, **settings)
        made: VerbCommand = make(command)
        made.changes, made.failure_code = changes, failure_code
        return made

    return decorate


def group(name: str, commands: Sequence[VerbCommand], text: str) -> VerbGroup:
    """A verb of several, the first of which is meant when none is named; `text` is its help."""
    return VerbGroup(name, {str(each.name): each for each in commands}, help=text)


def _give_code(error: Any, failure_code: int) -> None:
    """A verb with a code of its own for its failures has it for not being understood, too."""
    if error.exit_code == 1 or (error.exit_code == _NOT_UNDERSTOOD and failure_code != 1):
        error.exit_code = failure_code


@contextmanager
def _failures_in_words(operation: Operation, failure_code: int) -> Iterator[None]:
    """Turn what AWS, its SDK and releases raise into an OpsError."""
    try:
        yield
    except (OpsError, click.UsageError) as error:
        _give_code(error, failure_code)
        raise
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError

        from ops.failures import explained
        from release.problems import ReleaseError

        if isinstance(error, ReleaseError):
            raise OpsError(str(error), exit_code=failure_code) from error
        if isinstance(error, (BotoCoreError, ClientError)):
            raise explained(error, operation, exit_code=failure_code) from error
        raise
