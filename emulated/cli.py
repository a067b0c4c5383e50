"""The command line: `python -m emulated start | stop | status | env | install`."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict

from emulated import cloud
from emulated.packages import ensure_packages
from emulated.problems import CloudError
from emulated.settings import read_settings


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The command with its options; ends the program with code 2 for wrong ones."""
    parser = argparse.ArgumentParser(
        prog="python -m emulated", description="An emulated AWS on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="bring the cloud up, or say where it runs")
    start.add_argument(
        "--containers",
        action=argparse.BooleanOptionalAction,
        help="tasks and databases are real containers (default: if there is a container engine)",
    )
    stop = commands.add_parser("stop", help="end the cloud and remove everything it made")
    stop.add_argument("--caches", action="store_true", help="also the server's image and packages")
    stop.add_argument(
        "--any-folder", action="store_true", help="also a cloud that another folder started"
    )
    status = commands.add_parser("status", help="say what runs; exit code 1 unless it is healthy")
    env = commands.add_parser("env", help='lines for a shell: eval "$(python -m emulated env)"')
    commands.add_parser("install", help="only the packages that a start without containers needs")
    for command in (start, stop, status, env):
        command.add_argument("--json", action="store_true", help="for programs")
    return parser.parse_args(arguments)


def show_progress(line: str) -> None:
    """Progress goes to the error stream: the output is the result alone."""
    print(line, file=sys.stderr, flush=True)


def show(result: object, text: str, *, as_json: bool) -> None:
    """Print a result, as JSON for programs."""
    print(json.dumps(result, indent=1, default=str) if as_json else text)


def run_start(options: argparse.Namespace) -> int:
    """Start; 0 when the cloud answers."""
    started = cloud.start(containers=options.containers, report=show_progress)
    how = "with containers" if started.containers else "without containers (records only)"
    since = f"up after {started.seconds:.0f} s" if started.seconds else "already running"
    show(
        asdict(started),
        f"Emulated AWS {how}: {started.endpoint_url} ({since}).",
        as_json=options.json,
    )
    return 0


def run_stop(options: argparse.Namespace) -> int:
    """Stop; 0 when nothing is left."""
    stopped = cloud.stop(any_folder=options.any_folder, caches=options.caches, report=show_progress)
    parts = [f"{stopped.processes} processes"] if stopped.processes else []
    parts += [str(stopped.removed)] if stopped.removed else []
    parts += list(stopped.caches)
    text = f"Stopped; removed {', '.join(parts)}." if parts else "Nothing was running."
    show(asdict(stopped), text, as_json=options.json)
    return 0


def run_status(options: argparse.Namespace) -> int:
    """Tell what runs; 1 unless it is healthy."""
    found = cloud.status()
    if found.running or found.containers:
        made = (
            ", ".join(f"{n} {service}" for service, n in sorted(found.resources.items())) or "none"
        )
        state = (
            "healthy" if found.healthy else "not answering (`python -m emulated stop`, then start)"
        )
        how = (
            f"containers by {found.engine}; of tasks and databases: {made}"
            if found.containers
            else "no containers"
        )
        text = f"Emulated AWS at {found.endpoint_url}: {state}; {how}."
    else:
        text = "No emulated cloud runs here: `python -m emulated start` starts one."
    show(asdict(found), text, as_json=options.json)
    return 0 if found.healthy else 1


def run_env(options: argparse.Namespace) -> int:
    """Print the environment of the running cloud; 1 when none runs."""
    found = cloud.running()
    if found is None:
        raise CloudError("No emulated cloud runs here: `python -m emulated start` starts one.")
    lines = [f"unset {' '.join(found.cleared)}"]
    lines += [
        f"export {name}={shlex.quote(value)}" for name, value in sorted(found.environment.items())
    ]
    show(found.environment, "\n".join(lines), as_json=options.json)
    return 0


def run_install(_options: argparse.Namespace) -> int:
    """Make the servers' environment; 0 when it is there."""
    print(ensure_packages(read_settings(os.environ), show_progress))
    return 0


RUNS: dict[str, Callable[[argparse.Namespace], int]] = {
    "start": run_start,
    "stop": run_stop,
    "status": run_status,
    "env": run_env,
    "install": run_install,
}


def main(arguments: Sequence[str]) -> int:
    """Run one command; 0 done, 1 a problem explained, 2 wrong arguments, 130 interrupted."""
    options = parse_arguments(arguments)
    try:
        return RUNS[options.command](options)
    except CloudError as problem:
        if options.json:
            print(json.dumps({"problem": str(problem)}, indent=1))
        else:
            print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: `python -m emulated stop` removes what was made.", file=sys.stderr)
        return 130
