"""Accounts by API: who the token's owner is."""

from __future__ import annotations

from app.accounts.models import User
from app.api.operation import operation
from app.api.schemas import PersonShown


@operation("GET", "/me")
def show_me(user: User) -> PersonShown:
    """Show whose token this is."""
    return PersonShown.model_validate(user, from_attributes=True)
