"""docs/settings.md says what the settings say."""

import re

from infra import settings_reference
from infra.refusals import model_in
from infra.settings import Settings
from infra.stack_files import read_stack
from planning.plan import ROOT
from tests.infra.changing import problems_of
from tests.support.configuration import keys_of
from tests.support.stacks import NAMES, config_of


class TestTheReference:
    """docs/settings.md is what a person reads before writing a value."""

    def test_is_what_the_settings_say(self) -> None:
        made = settings_reference.page({name: read_stack(name, ROOT) for name in NAMES})
        assert settings_reference.PAGE.read_text() == made, (
            "docs/settings.md is out of date: run `python -m infra.settings_reference`"
        )

    def test_names_every_key(self) -> None:
        text = settings_reference.PAGE.read_text()
        # Blocks with a name of the user's own are described once for all names.
        keys = {re.sub(r"^(processes|queues)\.[a-z]+", r"\1.NAME", key) for key in _prod_keys()}
        missing = [key for key in keys if f"| `{key}` |" not in text]
        assert not missing, "these settings are documented nowhere"

    def test_says_what_is_allowed_without_patterns_or_class_names(self) -> None:
        text = settings_reference.PAGE.read_text()
        signs = ("[a-z]", "Error", "tuple", "Annotated", "{0,", "None")
        assert not [sign for sign in signs if sign in text], "the page speaks to programmers"

    def test_gives_examples_that_are_accepted(self) -> None:
        found = config_of("prod")
        for whole in Settings.model_fields.values():
            section, key = model_in(whole.annotation), str(whole.alias)
            blocks = [found[key]]
            if section is None:
                found[key] = whole.examples[0] if whole.examples else found[key]
            elif key in ("processes", "queues"):
                # Another process has no queue, which the examples of both are for.
                blocks = [found[key]["worker"]]
            for field in section.model_fields.values() if section else ():
                for block in blocks:
                    block[str(field.alias)] = field.examples[0] if field.examples else None
        problems = problems_of(found)
        assert not problems, f"whoever writes what the page shows is refused: {problems}"


def _prod_keys() -> list[str]:
    return list(keys_of(config_of("prod")))
