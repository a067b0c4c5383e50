"""How large an image of the registry is."""

from __future__ import annotations

import json


def image_size(manifest: str) -> int:
    """Bytes of an image's layers and configuration, as its manifest lists them."""
    try:
        content = json.loads(manifest)
    except ValueError:
        return len(manifest)
    parts = [*content.get("layers", []), *content.get("manifests", []), content.get("config") or {}]
    return sum(int(part.get("size", 0)) for part in parts)
