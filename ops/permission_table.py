"""docs/permissions.md: each verb's needs, from what the verbs declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from ops.permissions import Named, Need, changes, needs_of, reading_parts
from ops.verb_list import VERBS

_HEAD = """\
# Permissions

What each verb of `bin/ops` asks of AWS, as IAM sees it. This page is printed by
`bin/ops permissions --markdown`; tests compare the needs with the calls that the verbs make.

    bin/ops permissions --stack staging                 # one policy for all verbs
    bin/ops permissions logs ps status --stack staging  # for these
    bin/ops permissions --read-only --stack staging     # for what changes nothing

The output is a policy for exactly this stack: attach it to the role that a person takes on. Names
in `<angle brackets>` are the stack's outputs ([outputs.md](outputs.md)), `<partition>` is `aws`.
Whose credentials they are may be asked by everybody (`sts:GetCallerIdentity`).
"""

# When verbs ask that do not always: what was typed is what happens, and it changes no service.
_PROTECTED = " on a protected stack"
_SESSION = " when it is to write, and on a protected stack before it starts a task to go through"
_ASKS = MappingProxyType(
    {
        "run": f"{_PROTECTED}, and elsewhere when the task has the database's owner",
        "shell": _PROTECTED,
        "exec": _PROTECTED,
        "psql": _SESSION,
        "tunnel": _SESSION,
    }
)


def write(verbs: Iterable[str]) -> str:
    """The page for some verbs."""
    return "\n".join([_HEAD, *(line for verb in verbs for line in _verb(verb))])


def _verb(verb: str) -> Iterator[str]:
    needs = needs_of(verb)
    yield f"## {verb}"
    yield ""
    yield f"{VERBS[verb][0].upper()}{VERBS[verb][1:]}. {_kind(verb)}"
    yield ""
    if not needs:
        yield "It asks nothing of AWS."
        yield ""
        return
    yield "| may | on | because |"
    yield "| --- | --- | --- |"
    for need in needs:
        yield f"| {_listed(sorted(need.actions))} | {_listed(_resources(need))} | {_why(need)} |"
    yield ""


def _kind(verb: str) -> str:
    if not changes(verb):
        return "It only reads."
    parts = reading_parts(verb)
    read = f"; {' and '.join(parts)} only read{'' if len(parts) > 1 else 's'}" if parts else ""
    return f"It changes something, and asks first{_ASKS.get(verb, '')}{read}."


def _listed(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


def _resources(need: Need) -> list[str]:
    resources: list[str] = need.statement(Named())["Resource"]
    return resources


def _why(need: Need) -> str:
    condition = [
        f"`{key}` is `{text}`"
        for pairs in need.statement(Named()).get("Condition", {}).values()
        for key, text in pairs.items()
    ]
    return "; ".join([*condition, *filter(None, (need.because,))])
