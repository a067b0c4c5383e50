"""The application's own variables in the stack's file: which there are, and what may be set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from infra.problems import NAMESPACE
from ops.approval import Approval
from ops.problems import OpsError
from ops.stack_file import settings as stack_settings
from ops.stack_file.pulumi_config import PulumiConfig, absent, find

if TYPE_CHECKING:
    from ops.verb import Operation

PLAIN, SECRET = "config", "secrets"


def named(config: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    """The variables of a block, `config` or `secrets`."""
    found = config.get(block)
    return found if isinstance(found, Mapping) else {}


def text_of(value: object) -> str:
    """A plain value as the application gets it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def must_be_known(config: Mapping[str, Any], block: str, names: Sequence[str]) -> None:
    """OpsError, with those that there are, when one is not there."""
    known = named(config, block)
    unknown = [name for name in names if name not in known]
    if not unknown:
        return
    other = SECRET if block == PLAIN else PLAIN
    if all(name in named(config, other) for name in unknown):
        raise OpsError(
            f"{', '.join(unknown)} stands under {other}: use `bin/ops {other}`.", exit_code=2
        )
    raise OpsError(
        f"There is no {', '.join(unknown)} under {block}; there are: "
        f"{', '.join(sorted(known)) or 'none'}.",
        exit_code=2,
    )


def must_be_allowed(
    config: Mapping[str, Any], block: str, values: Mapping[str, object], file_name: str
) -> None:
    """OpsError with every rule of the settings that the new values would break."""
    changed = stack_settings.with_values(
        config, {(block, name): value for name, value in values.items()}
    )
    problems = stack_settings.broken_by(config, changed)
    if not problems:
        return
    lines = [f"  {problem}." for problem in problems]
    if block == PLAIN and any("looks like" in problem.given for problem in problems):
        lines.append("  `bin/ops secrets set NAME` is the place for it.")
    raise OpsError(
        "\n".join([f"{file_name} would not be allowed to say that:", *lines]), exit_code=2
    )


def pulumi(operation: Operation, by_hand: str) -> PulumiConfig:
    """The CLI, for this stack; OpsError when it is not here."""
    environ: Mapping[str, str] = os.environ
    if operation.place.is_emulated:
        from deploy.emulation import environment

        environ = environment(environ, operation.root, {})
    program = find(operation.root, environ)
    if program is None:
        raise absent(by_hand)
    return PulumiConfig(program, operation.stack, operation.root, environ)


def ask(operation: Operation, plan: Iterator[str] | Sequence[str]) -> None:
    """Ask before a file of this folder is changed; AWS is not asked for anything."""
    Approval(
        stack=operation.stack, protected=False, given=operation.yes, report=operation.report
    ).ask(list(plan))


def one_by_one(
    operation: Operation, names: Sequence[str], change: Callable[[str], None], changed: str
) -> None:
    """Have the CLI change one after the other; stopped in between, say which are `changed`."""
    from ops.tasks.interruptions import closed_terminal_is_ctrl_c

    left = list(names)
    try:
        with closed_terminal_is_ctrl_c():
            while left:
                change(left[0])
                del left[0]
    except KeyboardInterrupt:
        with suppress(OSError):
            operation.report.say(_half_done(names, left, changed))
        raise
    except OpsError as error:
        if len(left) == len(names):
            raise
        raise OpsError(
            f"{error}\n{_half_done(names, left, changed)}", exit_code=error.exit_code
        ) from error


def _half_done(names: Sequence[str], left: Sequence[str], changed: str) -> str:
    # Ctrl-C reaches the CLI, too, and one that does not answer may have written: the one at hand
    # may be either.
    done = ", ".join(names[: len(names) - len(left)]) or "nothing"
    return f"{changed}: {done}. Perhaps not: {', '.join(left)}; repeat this for them."


def unset(operation: Operation, block: str, names: Sequence[str]) -> int:
    """Take variables out of the file, after asking; a plain one's value is shown first."""
    config = stack_settings.read(operation.stack, operation.root)
    must_be_known(config, block, names)
    chosen, known = list(dict.fromkeys(names)), named(config, block)
    cli = pulumi(operation, f"Or take {', '.join(chosen)} out by hand, under {where(block)}.")
    shown = [f"  {name} ({text_of(known[name])})" for name in chosen]
    ask(
        operation,
        [
            f"Out of Pulumi.{operation.stack}.yaml:",
            *(shown if block == PLAIN else (f"  {name}" for name in chosen)),
        ],
    )
    one_by_one(operation, chosen, lambda name: cli.unset(block, name), "Taken out")
    operation.report.print(f"Taken out. {applied_by(operation)}")
    operation.report.document({"removed": chosen})
    return 0


def applied_by(operation: Operation) -> str:
    """What makes a change of the file one of the stack."""
    return (
        f"`make up STACK={operation.stack}` applies it, as a new release; until then everything "
        "runs with what it has."
    )


def where(block: str) -> str:
    """The block's name in the file."""
    return f"{NAMESPACE}:{block}"
