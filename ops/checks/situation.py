"""What the checks look at: the stack, its file, its AWS, this machine, and the internet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ops.problems import OpsError
from ops.way_back import WayBack

if TYPE_CHECKING:
    from datetime import datetime

    from infra.settings import Settings
    from ops.access import Place
    from ops.clients import OpsClients
    from ops.names.internet import Internet
    from ops.outputs import Outputs


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One stack at one moment.

    `published` is None, and `unpublished` says why, when the stack's outputs cannot be read;
    `settings` is None when its file is refused.
    """

    stack: str
    root: Path
    environ: Mapping[str, str]
    place: Place
    clients: OpsClients
    internet: Internet
    now: datetime
    settings: Settings | None
    published: Outputs | None
    unpublished: str = ""

    @property
    def outputs(self) -> Outputs:
        """The outputs; only checks of the stack ask, which are not made without."""
        if self.published is None:
            raise OpsError(self.unpublished)
        return self.published

    @property
    def way_back(self) -> WayBack:
        """How the stack comes back to what its file says."""
        return WayBack(self.stack)
