"""Polls: list, create, vote and results."""

from app.polls.views import blueprint

__all__ = ["blueprint"]
