"""The command line: `python -m local up` and `python -m local run`."""

import argparse
import os
import sys
from pathlib import Path

from local.one_off import run
from local.problems import LocalError
from local.up import Options, up


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m local", description="Run the application on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    whole = commands.add_parser(
        "up", help="Postgres, queues, the release command, every process of the Procfile"
    )
    whole.set_defaults(do=_up)
    whole.add_argument("--port", type=_port, help="port of web (8000, or the next that is free)")
    whole.add_argument("--no-plan", action="store_true", help="leave out the offline plan")
    one = commands.add_parser("run", help="a command beside it: run -- flask seed-demo")
    one.set_defaults(do=_run)
    for command in (whole, one):
        command.add_argument(
            "--data-dir", type=Path, default=Path(".local"), help="where data is kept (.local)"
        )
    one.add_argument("words", nargs="+", metavar="WORD", help="the command and its arguments")
    given = parser.parse_args(arguments)
    code: int = given.do(given, Path.cwd())
    _forget_lost_output()
    return code


def _up(given: argparse.Namespace, root: Path) -> int:
    return up(Options(root, root / given.data_dir, given.port, plan=not given.no_plan))


def _run(given: argparse.Namespace, root: Path) -> int:
    try:
        return run(root, root / given.data_dir, given.words)
    except LocalError as error:
        print(error, file=sys.stderr)
        return error.exit_code


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
