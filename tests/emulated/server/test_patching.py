"""Putting functions of ours around those of an emulator."""

from __future__ import annotations

import types

import pytest

from emulated.server.patching import Function, replace, replace_each


def emulator() -> types.SimpleNamespace:
    def answer() -> str:
        return "original"

    return types.SimpleNamespace(answer=answer, TABLE={"Answer": answer, "Other": print})


def louder(original: Function) -> Function:
    return lambda: original().upper()


def test_a_replaced_function_is_replaced_in_dispatch_tables_too() -> None:
    module = emulator()
    replace(module, "answer", louder)
    assert module.answer() == "ORIGINAL"
    assert module.TABLE["Answer"]() == "ORIGINAL", "requests would still reach the original"
    assert module.TABLE["Other"] is print, "another call's handler was replaced"


def test_a_later_wrapper_goes_around_an_earlier_one() -> None:
    module = emulator()
    replace_each(module, {"answer": louder})
    replace_each(module, {"answer": lambda original: lambda: original() + "!"})
    assert module.TABLE["Answer"]() == "ORIGINAL!"


def test_a_function_that_an_upgrade_renamed_is_noticed() -> None:
    with pytest.raises(AttributeError, match="answered"):
        replace(emulator(), "answered", louder)
