"""What happens while a verb is at work: at its question, and right before one of its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ops.approval import Approval
from tests.ops.calls import Calls


def during_the_question(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Do it once, while the next question of a verb is open."""
    ask, left = Approval.ask, [do]

    def with_something_else(self: Approval, *words: Any, **more: Any) -> None:
        if left:
            left.pop()()
        ask(self, *words, **more)

    monkeypatch.setattr(Approval, "ask", with_something_else)


def before_call(monkeypatch: pytest.MonkeyPatch, call: str, do: Callable[[], object]) -> None:
    """Do it once, right before the next such call: `ecs:UpdateService`."""
    note, left = Calls.note, [do]

    def with_something_else(self: Calls, asked: str, *more: Any) -> Any:
        if left and asked == call:
            left.pop()()
        return note(self, asked, *more)

    monkeypatch.setattr(Calls, "note", with_something_else)
