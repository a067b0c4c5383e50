"""The processes of the application: `python -m app web` and `python -m app release`."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from app.config import ConfigError, load_config
from app.release import ReleaseError, migrate
from app.request_log import configure_logging
from app.server import ServerError, serve

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_TERMINATED = 128 + signal.SIGTERM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one process; returns its exit code: 0 done, 1 failed, 2 wrong settings or usage."""
    parser = argparse.ArgumentParser(prog="python -m app", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("web", help="serve the site on PORT")
    commands.add_parser("release", help="bring the database's schema up to date")
    command = parser.parse_args(arguments).command
    # The first process of a container is not ended by SIGTERM unless it handles it.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        config = load_config()
        configure_logging(config)
        if command == "release" or config.migrate_on_start:
            migrate(config)
        if command == "web":
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            serve(config)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EXIT_CONFIG
    except (ReleaseError, ServerError) as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED
    return 0


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(EXIT_TERMINATED)


if __name__ == "__main__":
    sys.exit(main())
