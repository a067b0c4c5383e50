"""A check: its name, what finds out, and what of AWS that needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.checks.finding import Finding
    from ops.checks.situation import Situation
    from ops.permissions import Need


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing to look at.

    `about` says what in a few words. With `of_stack` it asks for what was brought up, with
    `asks_aws` for anything of AWS: it waits for the outputs, or for a login.
    """

    name: str
    about: str
    find: Callable[[Situation], Iterable[Finding]]
    needs: tuple[Need, ...] = ()
    asks_aws: bool = True
    of_stack: bool = True
