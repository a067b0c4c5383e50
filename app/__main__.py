"""The processes of the application: `python -m app` and the name of one."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from app.config import Config, load_config
from app.observability.request_log import configure_logging
from app.problems import ConfigError
from app.release import ReleaseError, release
from app.server import ServerError, serve

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_TERMINATED = 128 + signal.SIGTERM
PROCESSES = {
    "release": "bring the database's role and schema up to date",
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
    try:
        config = load_config(process)
        configure_logging(config)
        return _run(process, config)
    except ConfigError as error:
        return _fail(process, error, EXIT_CONFIG)
    except (ReleaseError, ServerError) as error:
        return _fail(process, error, EXIT_FAILED)


def _run(process: str, config: Config) -> int:
    if process == "release":
        release(config)
    elif process == "web":
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        serve(config)
    elif process == "worker":
        # Celery is imported by those alone who need it: web starts the sooner.
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
