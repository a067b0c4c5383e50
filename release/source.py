"""Which commit a release is made from, as far as git knows."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Source:
    """A commit, its author, and whether files differ from it; empty where git knows nothing."""

    commit: str = ""
    author: str = ""
    dirty: bool = False

    def __str__(self) -> str:
        """` of commit 0123456789ab by …`, or nothing."""
        changed = " with uncommitted changes" if self.dirty else ""
        return f" of commit {self.commit[:12]}{changed} by {self.author}" if self.commit else ""


def read_source(root: Path) -> Source:
    """The commit that `root` is at; never fails, as a release does not depend on it."""
    try:
        commit, author = _git(root, "log", "-1", "--format=%H%n%an <%ae>").splitlines()
        return Source(commit=commit, author=author, dirty=bool(_git(root, "status", "--porcelain")))
    except (OSError, ValueError, subprocess.SubprocessError):
        return Source()


def _git(root: Path, *arguments: str) -> str:
    """What git prints. Neither another repository of the environment's nor a lock is involved."""
    environment = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
    done = subprocess.run(
        ["git", "-C", str(root), *arguments],
        env={**environment, "GIT_OPTIONAL_LOCKS": "0"},
        capture_output=True,
        check=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
    )
    return done.stdout
