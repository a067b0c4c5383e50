"""Pages of accounts, all of them."""

from __future__ import annotations

from app.accounts import entrance, profile, registration
from app.accounts.blueprint import blueprint

__all__ = ["blueprint", "entrance", "profile", "registration"]
