"""The application's processes: the release command once, then all others until one ends."""

import signal
from collections.abc import Mapping
from dataclasses import dataclass

from infra.procfile import Process
from local.answer import PATH, Watch
from local.console import Console
from local.events import Answer, Ended, Events, StopAsked
from local.lock import RunLock
from local.ports import HOST
from local.postgres import Postgres
from local.problems import LocalError
from local.processes import Processes
from local.procfile import command_of

PASSWORDS = "postgres/credentials.json in the data folder"


@dataclass(frozen=True, kw_only=True)
class Application:
    """What the processes run with; `postgres` is None when `.env` names another database."""

    processes: Processes
    console: Console
    events: Events
    lock: RunLock
    environment: Mapping[str, str]
    port: int
    postgres: Postgres | None

    @property
    def address(self) -> str:
        """Return where a browser finds the application."""
        return f"http://{HOST}:{self.port}"

    def release(self, process: Process) -> None:
        """Run the release command; LocalError with its exit code when it fails."""
        self._start(process)
        code = self.processes.wait_for(process.name)
        if code != 0:
            raise LocalError(
                f"{Ended(process.name, code)}, so nothing else was started.\n"
                "Put right what it says above, then run `make up` again.",
                exit_code=exit_code(code),
            )

    def serve(self, services: tuple[Process, ...]) -> int:
        """Run the services until stopping is asked for (0) or one ends (its code, never 0)."""
        for process in services:
            self.events.stop_if_asked()
            self._start(process)
        watch = Watch(self.port, self.events)
        try:
            while True:
                event = self.processes.next_event()
                if isinstance(event, StopAsked):
                    self.console.say(f"Stopping ({event.reason}); Ctrl-C again kills ...")
                    return 0
                if isinstance(event, Ended):
                    self.console.fail(f"{event}, so everything stops.")
                    return exit_code(event.code) or 1
                if isinstance(event, Answer):
                    self._tell(event)
                if self.postgres is not None and not self.postgres.running:
                    self.console.fail("The database server has ended, so everything stops.")
                    return 1
        finally:
            watch.stop()

    def _start(self, process: Process) -> None:
        def write(line: str) -> None:
            self.console.write(process.name, line)

        command = command_of(process, self.environment)
        self.processes.start(process.name, command, self.environment, write)

    def _tell(self, answer: Answer) -> None:
        if answer.ready:
            self.lock.note(self.address)
            if self.postgres is not None:
                self.console.say(f"Database: {self.postgres.address} (password: {PASSWORDS})")
            self.console.say(f"Running at {self.address} (Ctrl-C stops everything, data is kept)")
        else:
            self.console.say(
                f"Waiting for web: no answer from {self.address}{PATH} "
                f"after {answer.seconds:.0f} s ..."
            )


def exit_code(code: int) -> int:
    """Return the exit code a shell would show for a process: 128 + signal when one ended it."""
    return code if code >= 0 else 128 + signal.Signals(-code)
