"""docs/troubleshooting.md: what it tells a person to type is understood."""

import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest

from ops.verb import VerbGroup
from ops.verb_list import VERBS, module_of
from ops.verbs.doctor import NAMES

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ("troubleshooting.md", "operating.md")
LINES = sorted(
    {
        (page, line)
        for page in PAGES
        for line in re.findall(r"`bin/ops ([a-z][^`]*)`", (DOCS / page).read_text())
    }
)


def _command(words: list[str]) -> tuple[click.Command, list[str]]:
    made: Any = importlib.import_module(module_of(words[0])).command
    rest = words[1:]
    if isinstance(made, VerbGroup) and rest and rest[0] in made.commands:
        return made.commands[rest[0]], rest[1:]
    return made, rest


def test_there_is_something_to_type() -> None:
    assert {line.split()[0] for page, line in LINES if page == PAGES[0]} > {"doctor", "ps", "logs"}


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_line_to_type_is_one_that_the_verb_takes(page: str, line: str) -> None:
    words = shlex.split(line.partition(" > ")[0])
    assert words[0] in VERBS, f"{page} names a verb that does not exist"
    command, rest = _command(words)
    # It raises a usage error for an option or argument that the verb does not have.
    context = command.make_context(words[0], rest)
    assert set(context.params.get("checks", ())) <= set(NAMES), "no such check"
