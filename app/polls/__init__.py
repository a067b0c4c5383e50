"""Polls: list, create, vote and results."""

from app.polls import authoring
from app.polls.views import blueprint

__all__ = ["authoring", "blueprint"]
