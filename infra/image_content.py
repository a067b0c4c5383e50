"""A tag that follows from what goes into the image."""

import hashlib
from pathlib import Path

from pathspec import PathSpec
from pathspec.pattern import Pattern

TAG_LENGTH = 16


def content_tag(context: Path, platform: str) -> str:
    """First 16 hex digits of a SHA-256 over names, modes and bytes of the build context.

    What `.dockerignore` leaves out does not count. The platform does, as it makes another image.
    """
    digest = hashlib.sha256(platform.encode())
    ignored = _ignored(context)
    for path in sorted(path for path in context.rglob("*") if path.is_file()):
        name = path.relative_to(context).as_posix()
        # The builder reads its own file even where the context leaves it out.
        if ignored.match_file(name) and name != "Dockerfile":
            continue
        executable = bool(path.stat().st_mode & 0o100)
        head = f"\0{name}\0{executable}\0{path.stat().st_size}\0"
        digest.update(head.encode() + path.read_bytes())
    return digest.hexdigest()[:TAG_LENGTH]


def _ignored(context: Path) -> PathSpec[Pattern]:
    """Docker's patterns, which are anchored at the context, as git's."""
    path = context / ".dockerignore"
    lines = path.read_text().splitlines() if path.is_file() else []
    anchored = []
    for line in (line.strip() for line in lines):
        if line and not line.startswith("#"):
            negation, pattern = ("!", line[1:]) if line.startswith("!") else ("", line)
            anchored.append(f"{negation}/{pattern.lstrip('/')}")
    return PathSpec.from_lines("gitignore", anchored)


def folder_digest(folder: Path) -> str:
    """First 16 hex digits of a SHA-256 over names and bytes of a folder's files.

    What Python compiles on the side does not count.
    """
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if "__pycache__" not in path.parts:
            name = path.relative_to(folder).as_posix()
            digest.update(f"\0{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:TAG_LENGTH]
