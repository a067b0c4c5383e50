"""`permissions`: what a person needs for these verbs, as an IAM policy."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from ops import completion, permission_table
from ops.permissions import (
    POLICY_CHARACTERS,
    Need,
    all_verbs,
    guessed,
    policy,
    reads,
    values_of,
)
from ops.problems import OpsError
from ops.verb import Operation, verb

NEEDS: tuple[Need, ...] = ()


@verb("permissions", short_help="as an IAM policy")
@click.argument("verbs", nargs=-1, metavar="[VERB]...", shell_complete=completion.verbs)
@click.option("--read-only", is_flag=True, help="What changes nothing: verbs and parts of verbs.")
@click.option("--markdown", is_flag=True, help="What docs/permissions.md says; no stack is needed.")
def command(operation: Operation, verbs: tuple[str, ...], read_only: bool, markdown: bool) -> None:
    """Print the IAM policy for some verbs, or for all, on one stack and nothing else.

    Give it to whoever administers the account. It is made from the stack's outputs; who may not
    read these gets one from the stack's file, which is a little wider.
    """
    known = all_verbs()
    if unknown := [name for name in verbs if name not in known]:
        raise OpsError(
            f"There is no verb {', '.join(unknown)}; there are: {', '.join(known)}.", exit_code=2
        )
    chosen = [name for name in verbs or known if not read_only or reads(name)]
    if changing := [name for name in verbs if name not in chosen]:
        raise OpsError(f"No part of {', '.join(changing)} only reads.", exit_code=2)
    if markdown:
        page = permission_table.write(chosen).rstrip("\n")
        operation.report.print(page)
        operation.report.document({"markdown": page})
        return
    made = policy(chosen, _values(operation), reading=read_only)
    text = json.dumps(made, indent=2)
    operation.report.document(made)
    operation.report.print(text)
    if len("".join(text.split())) > POLICY_CHARACTERS:
        operation.report.say(
            f"That is more than the {POLICY_CHARACTERS} characters of a managed policy: make two, "
            "of some verbs each, or an inline policy of a role."
        )


def _values(operation: Operation) -> Mapping[str, str]:
    """The stack's own names, or what can be guessed without asking AWS."""
    from release.aws_errors import AwsError
    from release.problems import ReleaseError

    try:
        return values_of(operation.outputs)
    except (*AwsError, OpsError, ReleaseError):
        guess = guessed(operation.place)
        operation.report.say(
            "The stack's outputs cannot be read with these credentials, so some names are `*`."
        )
        return guess
