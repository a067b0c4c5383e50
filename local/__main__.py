"""The command line: `python -m local up`."""

import argparse
import os
import sys
from pathlib import Path

from local.up import Options, up


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Run the application on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = commands.add_parser(
        "up", help="Postgres, queues, the release command, every process of the Procfile"
    )
    run.add_argument("--port", type=_port, help="port of web (8000, or the next that is free)")
    run.add_argument(
        "--data-dir", type=Path, default=Path(".local"), help="where data is kept (.local)"
    )
    run.add_argument("--no-plan", action="store_true", help="leave out the offline plan of staging")
    given = parser.parse_args(arguments)
    root = Path.cwd()
    code = up(Options(root, root / given.data_dir, given.port, plan=not given.no_plan))
    _forget_lost_output()
    return code


def _forget_lost_output() -> None:
    """Keep Python from failing at its exit over a terminal or pipe that is gone."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"{text!r} given, a number from 1 to 65535 is needed")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
