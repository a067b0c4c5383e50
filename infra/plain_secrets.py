"""Secrets in plain configuration, which would lie in the repository, the state and every log."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.problems import Problem

_FORMS = {
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b": "an AWS access key",
    r"\b(gh[opusr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,})": "a code host's token",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}": "a Slack token",
    r"\beyJ[\w-]{10,}\.[\w-]{10,}\.": "a signed token",
    r"-----BEGIN [A-Z ]*PRIVATE KEY": "a private key",
    r"://[^/\s:@]*:[^/\s@]+@": "an address with a password",
}


def form_of(text: str) -> str | None:
    """What kind of secret a text looks like; None for ordinary texts."""
    return next((kind for form, kind in _FORMS.items() if re.search(form, text)), None)


def problems(config: Mapping[str, Any]) -> list[Problem]:
    """One problem per value that looks like a secret; the value itself is never repeated."""
    return [
        Problem(
            key,
            f"a text of {len(text)} characters that looks like {form_of(text)}",
            "no secret is allowed in plain configuration",
            "no secret: take it out, make a new one, and keep that in Secrets Manager, not",
        )
        for key, text in _texts(config, "")
        if form_of(text)
    ]


def _texts(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    items = dict(enumerate(value)) if isinstance(value, list | tuple) else value
    for name, item in items.items() if isinstance(items, Mapping) else ():
        yield from _texts(item, f"{key}.{name}" if key else str(name))
