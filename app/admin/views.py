"""The administrator's pages, all of them."""

from __future__ import annotations

from app.admin import failures, overview, people, polls
from app.admin.blueprint import blueprint

__all__ = ["blueprint", "failures", "overview", "people", "polls"]
