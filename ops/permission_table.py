"""docs/permissions.md: each verb's needs, from what the verbs declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ops.permissions import Named, Need, changes, needs_of
from ops.verb_list import VERBS

_HEAD = """\
# Permissions

What each verb of `bin/ops` asks of AWS, as IAM sees it. This page is printed by
`bin/ops permissions --markdown`; tests compare the needs with the calls that the verbs make.

    bin/ops permissions --stack staging                 # one policy for all verbs
    bin/ops permissions logs ps status --stack staging  # for these
    bin/ops permissions --read-only --stack staging     # for those that change nothing

The output is a policy for exactly this stack: attach it to the role that a person takes on. Names
in `<angle brackets>` are the stack's outputs ([outputs.md](outputs.md)), `<partition>` is `aws`.
Whose credentials they are may be asked by everybody (`sts:GetCallerIdentity`).
"""


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
    return "It changes something, and asks first." if changes(verb) else "It only reads."


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
