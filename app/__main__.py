"""The processes of the application: `python -m app` and the name of one."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.config import Config

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_TERMINATED = 128 + signal.SIGTERM
PROCESSES = {
    "web": "serve the site on PORT",
    "worker": "do the jobs of the queue",
    "schedule": "put jobs into the queue when they are due; one is enough",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one process; returns its exit code: 0 done, 1 failed, 2 wrong settings or usage."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    commands = parser.add_subparsers(dest="process", required=True)
    for name, purpose in PROCESSES.items():
        commands.add_parser(name, help=purpose)
    process = parser.parse_args(arguments).process
    # The first process of a container is not ended by SIGTERM unless it handles it.
    signal.signal(signal.SIGTERM, _terminate)
    if process == "web":
        # What a start makes, it keeps: looking for garbage would take a tenth of its time.
        # `serve` switches the collector on again.
        gc.disable()
    from app.config import load_config
    from app.observability.request_log import configure_logging
    from app.problems import ConfigError

    try:
        config = load_config(process)
        configure_logging(config)
        return _run(process, config)
    except ConfigError as error:
        return _fail(process, error, EXIT_CONFIG)


def _run(process: str, config: Config) -> int:
    # Each imports what it alone needs: web starts the sooner without Celery.
    if process == "web":
        from app.server import ServerError, serve

        try:
            serve(config)
        except ServerError as error:
            return _fail(process, error, EXIT_FAILED)
    elif process == "worker":
        from app.jobs.worker import work

        return work(config)
    else:
        from app.jobs.schedule import keep_schedule

        keep_schedule(config)
    return 0


def _fail(process: str, error: Exception, code: int) -> int:
    print(f"{error}\n{process} failed: exit code {code}.", file=sys.stderr)
    return code


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(EXIT_TERMINATED)


if __name__ == "__main__":
    sys.exit(main())
