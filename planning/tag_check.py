"""Tags against what all services accept."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from planning import wire
from planning.resource import Resource

# Resource Groups Tagging API reference, "Tag": the same limits for all services but few.
_LONGEST_KEY: Final = 128
_LONGEST_VALUE: Final = 256
_MOST: Final = 50
_CHARACTERS: Final = re.compile(r"[\w\s.:/=+\-@]*")


def tag_problems(resource: Resource) -> Iterator[str]:
    """Tags that are too many, too long, reserved, or with characters that AWS refuses."""
    tags = resource.inputs.get("tags")
    if not isinstance(tags, Mapping):
        return
    if len(tags) > _MOST:
        yield f"tags: {len(tags)} given, at most {_MOST} allowed"
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            yield f"tags.{key}: reserved for AWS; take another prefix"
        if not 1 <= len(key) <= _LONGEST_KEY or not _CHARACTERS.fullmatch(key):
            yield f"tags.{key}: letters, digits, spaces and _.:/=+-@ allowed, 1 to {_LONGEST_KEY}"
        if value is wire.UNKNOWN or not isinstance(value, str):
            continue
        if len(value) > _LONGEST_VALUE or not _CHARACTERS.fullmatch(value):
            yield (
                f"tags.{key}: {value!r} given, at most {_LONGEST_VALUE} letters, digits, spaces "
                "and _.:/=+-@ allowed"
            )
