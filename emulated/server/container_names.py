"""Names and labels of containers and volumes, as ministack writes them and as the engine gets them.

ministack names everything ``ministack-...`` and labels it ``ministack``. Two emulators on one
engine would take each other's containers for their own; the engine gets a prefix of ours instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INSIDE = "ministack"
_NAMED = re.compile(rf"{INSIDE}(?=$|[-._=])")


@dataclass(frozen=True)
class ContainerNames:
    """Translates between the two; what does not begin with the prefix stays as it is."""

    prefix: str

    def outside(self, name: str) -> str:
        """``ministack-rds-x`` for the engine: ``<prefix>-rds-x``; also filters as ``key=value``."""
        return _NAMED.sub(self.prefix, name, count=1) if _NAMED.match(name) else name

    def inside(self, name: str) -> str:
        """A name or label of the engine as ministack wrote it."""
        return INSIDE + name.removeprefix(self.prefix) if self._is_ours(name) else name

    def _is_ours(self, name: str) -> bool:
        return re.match(rf"{re.escape(self.prefix)}(?=$|[-._=])", name) is not None

    def outside_labels(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Labels for the engine: only the keys change."""
        return {self.outside(key): value for key, value in labels.items()}

    def inside_labels(self, labels: Mapping[str, str] | None) -> dict[str, str]:
        """Labels of the engine, keys as ministack wrote them."""
        return {self.inside(key): value for key, value in (labels or {}).items()}

    def outside_config(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The body of a request that creates a container: labels and named volumes translated."""
        host = dict(config.get("HostConfig") or {})
        if host.get("Binds"):
            host["Binds"] = [self.outside(bind) for bind in host["Binds"]]
        labels = self.outside_labels(config.get("Labels") or {})
        return {**config, "Labels": labels, "HostConfig": host}

    def outside_filters(self, filters: Mapping[str, Any]) -> dict[str, Any]:
        """Filters of a listing, with labels translated."""
        wanted = filters.get("label")
        if wanted is None:
            return dict(filters)
        texts = [wanted] if isinstance(wanted, str) else list(wanted)
        return {**filters, "label": [self.outside(text) for text in texts]}
