"""Programs that verbs hand over to, as shell scripts in a folder of the test."""

from pathlib import Path

# What each program does; a test writes another one in its place.
PROGRAMS = {
    "pulumi": """case "$1" in
version) echo v3.261.0 ;;
whoami) echo '{"url": "file://~/state"}' ;;
stack) echo '{"deployment": {}}' ;;
esac""",
    "session-manager-plugin": "echo 1.2.707.0",
    "psql": "exit 0",
    "docker": """[ "$1" = version ] && echo '{"Arch": "arm64"}'""",
}


def make_programs(folder: Path) -> Path:
    """All programs that verbs hand over to, as shell scripts."""
    folder.mkdir()
    for name, line in PROGRAMS.items():
        write_program(folder / name, line)
    return folder


def write_program(path: Path, line: str) -> None:
    """A program of that one line."""
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
