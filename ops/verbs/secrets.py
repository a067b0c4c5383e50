"""`secrets`: encrypted variables of the application, in the stack's file."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from ops import approval
from ops.permissions import Need
from ops.problems import OpsError
from ops.verb import Operation, group, verb

# It reads and writes a file; the update that applies it is who asks AWS.
NEEDS: tuple[Need, ...] = ()


@verb("secrets list", short_help="names")
def listed(operation: Operation) -> None:
    """List the names of the secrets that the stack's file gives the application."""
    from ops.stack_file import settings as stack_settings
    from ops.stack_file import variables

    config = stack_settings.read(operation.stack, operation.root)
    names = sorted(variables.named(config, variables.SECRET))
    operation.report.document(names)
    for name in names:
        operation.report.print(name)
    if not names:
        operation.report.print(f"Pulumi.{operation.stack}.yaml holds no secrets.")


@verb("secrets set", changes=True, short_help="NAME; asks for the value")
@click.argument("name")
def set_(operation: Operation, name: str) -> int | None:
    """Write a secret into the stack's file, encrypted by Pulumi; `make up` applies it.

    The value is asked for, or read from standard input: `bin/ops secrets set NAME --yes < file`.
    """
    from pydantic import SecretStr

    from ops.stack_file import settings as stack_settings
    from ops.stack_file import variables

    if "=" in name:
        raise OpsError(
            "A value on the command line stays in the shell's history and is seen in the list of "
            f"processes.\nWrite `bin/ops secrets set {name.partition('=')[0]}`, which asks for it.",
            exit_code=2,
        )
    config = stack_settings.read(operation.stack, operation.root)
    file_name = f"Pulumi.{operation.stack}.yaml"
    # Any value will do for the rules about names, before a person types the real one.
    variables.must_be_allowed(config, variables.SECRET, {name: SecretStr("x")}, file_name)
    cli = variables.pulumi(operation, "Nothing else can encrypt it.")
    known = name in variables.named(config, variables.SECRET)
    place = "in the place of its old value" if known else "new"
    variables.ask(operation, [f"In {file_name}: {name}, {place}, encrypted"])
    value = _typed(name) if approval.somebody_is_there() else _piped()
    variables.must_be_allowed(config, variables.SECRET, {name: SecretStr(value)}, file_name)
    # One run of Pulumi, which writes the file at once: there is nothing half done.
    cli.set_secret(name, value)
    operation.report.print(f"Written. {variables.applied_by(operation)}")
    operation.report.document({"changed": [name]})
    return 0


@verb("secrets unset", changes=True, short_help="NAME ...")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
def unset(operation: Operation, names: Sequence[str]) -> int:
    """Take secrets out of the stack's file; `make up` applies that."""
    from ops.stack_file import variables

    return variables.unset(operation, variables.SECRET, names)


@verb("secrets get", changes=True, short_help="NAME --show")
@click.argument("name")
@click.option("--show", is_flag=True, help="Print the value; asks first.")
def get(operation: Operation, name: str, show: bool) -> int | None:
    """Say whether there is such a secret; with --show print its value as the file has it.

    What runs may still have an older one: the file is applied by `make up`.
    """
    from rich.text import Text

    from ops.stack_file import settings as stack_settings
    from ops.stack_file import variables

    config = stack_settings.read(operation.stack, operation.root)
    variables.must_be_known(config, variables.SECRET, [name])
    if not show:
        operation.report.print(f"{name} is set. `bin/ops secrets get {name} --show` prints it.")
        operation.report.document({"name": name, "set": True})
        return 0
    cli = variables.pulumi(operation, "Nothing else can decrypt it.")
    variables.ask(operation, [f"The value of {name} will stand on this screen."])
    value = cli.secret(name)
    operation.report.print(Text(value))
    operation.report.document({"name": name, "set": True, "value": value})
    return 0


command = group(
    "secrets",
    [listed, set_, unset, get],
    "Encrypted variables of the application: `secrets`, `secrets set NAME`, `secrets unset NAME`.",
)


def _typed(name: str) -> str:
    value: str = click.prompt(
        f"Value of {name} (not shown)", hide_input=True, confirmation_prompt="Once more", err=True
    )
    return value


def _piped() -> str:
    """All of standard input as it is, but the line's end that `echo` adds."""
    try:
        given = sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        raise OpsError(
            f"What standard input holds is no text in UTF-8 ({error.reason}), and the value of a "
            "variable can be nothing else. Nothing was changed.\n"
            "Pass it through base64, and have the application decode it.",
            exit_code=2,
        ) from None
    value = given.removesuffix("\r\n" if given.endswith("\r\n") else "\n")
    if not value:
        raise OpsError("Standard input holds no value. Nothing was changed.", exit_code=2)
    return value
