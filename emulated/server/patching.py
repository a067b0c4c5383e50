"""Put functions of ours around those of an emulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Function = Callable[..., Any]
Wrapper = Callable[[Function], Function]


def replace(module: Any, name: str, wrap: Wrapper) -> None:
    """Put ``wrap(original)`` in place of a module's function, in its dispatch tables too.

    AttributeError when the module has no such function, as after an upgrade that renamed it.
    """
    original = getattr(module, name)
    replacement = wrap(original)
    setattr(module, name, replacement)
    for table in list(vars(module).values()):
        if isinstance(table, dict):
            for key, value in list(table.items()):
                if value is original:
                    table[key] = replacement


def replace_each(module: Any, wrappers: Mapping[str, Wrapper]) -> None:
    """Replace several functions of a module, by name."""
    for name, wrap in wrappers.items():
        replace(module, name, wrap)
