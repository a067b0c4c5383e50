"""Records of our own beside the emulator's, kept apart by account and region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope

_SHELVES: defaultdict[tuple[str, str, str], dict[str, Any]] = defaultdict(dict)


def shelf(kind: str) -> dict[str, Any]:
    """The records of one kind in the account and region of the request that is being served."""
    return _SHELVES[get_account_id(), get_region(), kind]


def in_scope(account: str, region: str, function: Callable[..., object], *arguments: Any) -> None:
    """Call a function as if within a request of that account and region."""
    with request_scope(account, region):
        function(*arguments)
