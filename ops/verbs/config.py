"""`config`: plain variables of the application, in the stack's file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from ops.permissions import Need
from ops.problems import OpsError
from ops.verb import Operation, group, verb

# It reads and writes a file; the update that applies it is who asks AWS.
NEEDS: tuple[Need, ...] = ()


@verb("config list", short_help="names and values")
def listed(operation: Operation) -> None:
    """List the plain variables that the stack's file gives the application."""
    from ops.stack_file import settings as stack_settings
    from ops.stack_file import variables

    config = stack_settings.read(operation.stack, operation.root)
    own = {name: variables.text_of(value) for name, value in _plain(config).items()}
    operation.report.document(own)
    if not own:
        operation.report.print(f"Pulumi.{operation.stack}.yaml sets no plain variables.")
        return
    operation.report.table(["name", "value"], sorted(own.items()))


@verb("config get", short_help="one value")
@click.argument("name")
def get(operation: Operation, name: str) -> None:
    """Print the value of one variable."""
    from rich.text import Text

    from ops.stack_file import settings as stack_settings
    from ops.stack_file import variables

    config = stack_settings.read(operation.stack, operation.root)
    variables.must_be_known(config, variables.PLAIN, [name])
    value = variables.text_of(_plain(config)[name])
    operation.report.print(Text(value))
    operation.report.document({name: value})


@verb("config set", changes=True, short_help="NAME=VALUE ...")
@click.argument("words", metavar="NAME=VALUE...", nargs=-1, required=True)
@click.option(
    "--plaintext", is_flag=True, help="Write values, too, that look like secrets and are none."
)
def set_(operation: Operation, words: Sequence[str], plaintext: bool) -> int | None:
    """Write plain variables into the stack's file, by Pulumi; `make up` applies them."""
    from ops.stack_file import settings as stack_settings
    from ops.stack_file import variables

    wanted = _wanted(words)
    config = stack_settings.read(operation.stack, operation.root)
    file_name = f"Pulumi.{operation.stack}.yaml"
    variables.must_be_allowed(config, variables.PLAIN, wanted, file_name)
    before = {name: variables.text_of(value) for name, value in _plain(config).items()}
    changed = {name: value for name, value in wanted.items() if before.get(name) != value}
    if changed:
        lines = "; ".join(f'{name}: "{value}"' for name, value in changed.items())
        cli = variables.pulumi(
            operation, f"Or write by hand, under {variables.where('config')}: {lines}"
        )
        variables.ask(operation, _plan(operation, changed, before))
        variables.one_by_one(
            operation,
            tuple(changed),
            lambda name: cli.set_plain(name, changed[name], plaintext=plaintext),
            "Written",
        )
        operation.report.print(f"Written. {variables.applied_by(operation)}")
    else:
        operation.report.print("The file says so already; nothing was changed.")
    operation.report.document({"changed": changed})
    return 0


@verb("config unset", changes=True, short_help="NAME ...")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def unset(operation: Operation, names: Sequence[str]) -> int:
    """Take plain variables out of the stack's file; `make up` applies that."""
    from ops.stack_file import variables

    return variables.unset(operation, variables.PLAIN, names)


command = group(
    "config",
    [listed, get, set_, unset],
    "Plain variables of the application: `config`, `config set NAME=VALUE`, `config unset NAME`.",
)


def _plain(config: Mapping[str, object]) -> Mapping[str, object]:
    from ops.stack_file import variables

    return variables.named(config, variables.PLAIN)


def _wanted(words: Sequence[str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise OpsError(
                f"{word!r} has no value: write {word}=VALUE, or {word}= for an empty one.",
                exit_code=2,
            )
        if name in wanted:
            raise OpsError(f"{name} stands there twice: which is meant?", exit_code=2)
        wanted[name] = value
    return wanted


def _looks_secret(name: str) -> bool:
    return not {"KEY", "PASSWORD", "SECRET", "TOKEN"}.isdisjoint(name.split("_"))


def _plan(operation: Operation, changed: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    return [
        f"In Pulumi.{operation.stack}.yaml:",
        *(
            f"  {name}: {before[name]} -> {value}" if name in before else f"  {name}: {value} (new)"
            for name, value in changed.items()
        ),
        *(
            f"{name} sounds like a secret, and everybody who reads the file sees it there: "
            f"`bin/ops secrets set {name}` encrypts it."
            for name in changed
            if _looks_secret(name)
        ),
    ]
