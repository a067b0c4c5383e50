"""The summary of a stack's offline plan, made by a process of its own because Pulumi is large."""

import os
import sys
from pathlib import Path

from local.console import Console
from local.processes import Processes

LIMIT_SECONDS = 60.0


class Plan:
    """A plan being made beside everything that does not need it."""

    def __init__(self, stack: str, processes: Processes, console: Console) -> None:
        """Begin to plan the stack."""
        self._stack = stack
        self._processes = processes
        self._console = console
        self._lines: list[str] = []
        console.say(f"Planning {stack} offline ...")
        command = [sys.executable, "-m", "local.plan", stack]
        processes.start("plan", command, os.environ, self._lines.append)

    def show(self) -> None:
        """Wait for the plan and show it; one that cannot be made must not stop development."""
        code = self._processes.wait_for("plan", LIMIT_SECONDS)
        self._console.block("\n".join(self._lines))
        if code != 0:
            self._console.fail(
                f"{self._stack} could not be planned. The application runs here all the same; "
                f"`make plan STACK={self._stack}` tries again."
            )


def main(stack: str) -> int:
    """Print the summary, or in a few lines why there is none; 0 when there is one."""
    try:
        from infra.problems import SettingsError
        from infra.stack_files import StackFileError
        from planning.report import summary
    except ImportError as error:
        print(f"The plan of {stack} cannot be made: {error}.")
        return 1
    try:
        print(summary(stack, Path.cwd()))
    except (SettingsError, StackFileError) as error:
        print(f"Pulumi.{stack}.yaml: {error}")
        return 1
    except Exception as error:
        print(f"The plan of {stack} cannot be made: {type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
