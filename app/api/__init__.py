"""JSON API for the same as the pages: operations under /api/v1, described by OpenAPI."""

from app.api import people, polls, reference
from app.api.operation import blueprint

__all__ = ["blueprint", "people", "polls", "reference"]
