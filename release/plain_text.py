"""Text that a terminal only shows."""

import re

_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """The text without anything that a terminal would obey; what a task prints may be anything."""
    return _CONTROLS.sub("�", _SEQUENCES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
