"""`make up` on this machine, from the lock to the last process stopped."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.procfile import Procfile
from local import environment, one_off
from local.application import Application
from local.console import Console
from local.events import Events, Stopped
from local.guardian import Guardian
from local.lock import RunLock
from local.plan import Plan
from local.ports import TRIED, is_free, next_free_port
from local.postgres import Postgres
from local.problems import LocalError
from local.processes import Processes
from local.procfile import read_procfile
from local.queues import NAME as QUEUES
from local.queues import Queues

STACK = "staging"
PORT = 8000
PROCFILE = Path("app/Procfile")
# What a shell shows for a program ended by Ctrl-C: the second one did not let us finish.
KILLED = 130


@dataclass(frozen=True)
class Options:
    """What the command line says; `port` None means the usual one or the next that is free."""

    root: Path
    data: Path
    port: int | None = None
    plan: bool = True


def up(options: Options) -> int:
    """Run the application until it is stopped; returns the exit code."""
    events = Events()
    events.watch_signals()
    console = Console.on_terminal(lambda: events.ask_to_stop("nobody reads the output"))
    try:
        return Run(options, console, events).until_stopped()
    except Stopped as stopped:
        console.say(f"Stopped ({stopped}).")
        return 0
    except LocalError as error:
        console.fail(str(error))
        return error.exit_code


class Run:
    """One run: everything is started in order, and stopped in reverse whatever happens."""

    def __init__(self, options: Options, console: Console, events: Events) -> None:
        """Read and check what the person wrote, before anything is started."""
        self._options = options
        self._console = console
        self._events = events
        self._procfile: Procfile = read_procfile(options.root / PROCFILE)
        self._dotenv = environment.read_dotenv(options.root / ".env")
        console.introduce(process.name for process in self._procfile.processes)

    def until_stopped(self) -> int:
        """Start everything, run until an end, stop everything; returns the exit code."""
        with contextlib.ExitStack() as stack:
            prepare_folder(self._options.data)
            lock = RunLock(self._options.data / "lock", self._report)
            stack.callback(lock.release)
            guardian = Guardian(keep_open=[lock.descriptor])
            stack.callback(guardian.close)
            port = self._choose_port()
            processes = Processes(self._options.root, self._console, self._events, guardian)
            postgres = self._postgres(guardian)
            stack.callback(self._stop, processes, postgres)
            plan = Plan(STACK, processes, self._console) if self._options.plan else None
            queues = self._queues(processes)
            if postgres is not None:
                self._console.say("Starting Postgres ...")
                postgres.start()
            if plan is not None:
                plan.show()
            if queues is not None:
                queues.wait()
            variables = self._environment(port, postgres, queues)
            kept = one_off.keep_environment(self._options.data, variables)
            stack.callback(kept.unlink, missing_ok=True)
            application = Application(
                processes=processes,
                console=self._console,
                events=self._events,
                lock=lock,
                environment=variables,
                port=port,
                postgres=postgres,
            )
            if self._procfile.release is not None:
                application.release(self._procfile.release)
            code = application.serve(self._procfile.services)
        self._console.say("Everything is stopped.")
        return KILLED if processes.killed and code == 0 else code

    def _report(self, message: str) -> None:
        """Show progress of a slow step, and leave the step when stopping has been asked for."""
        self._events.stop_if_asked()
        self._console.say(message)

    def _stop(self, processes: Processes, postgres: Postgres | None) -> None:
        processes.stop()
        if postgres is not None:
            postgres.stop(at_once=processes.killed)

    def _postgres(self, guardian: Guardian) -> Postgres | None:
        if environment.names_database(self._dotenv):
            self._console.say("The database is the one that .env names; none is started here.")
            return None
        folder = self._options.data / "postgres"
        return Postgres(folder, guardian=guardian, report=self._report)

    def _queues(self, processes: Processes) -> Queues | None:
        """Begin to start the queues, one for each process that may take jobs from one."""
        names = [process.name for process in self._procfile.jobs]
        if not names:
            return None
        if environment.names_broker(self._dotenv):
            self._console.say("The broker is the one that .env names; none is started here.")
            return None
        self._console.introduce([QUEUES])
        return Queues(names, processes, self._console)

    def _choose_port(self) -> int:
        """Return a free port: exactly the one asked for, else the usual one or one above it."""
        named = self._dotenv | dict(os.environ)
        asked = self._options.port or _port_number(named)
        if asked is not None and not is_free(asked):
            raise LocalError(
                f"Port {asked} is in use by another program.\n"
                "Stop that program, or leave the port out and the next free one is taken."
            )
        port = asked or next_free_port(PORT)
        if port is None:
            raise LocalError(
                f"The ports {PORT} to {PORT + TRIED} are all in use.\n"
                "Name a free one: `python -m local up --port 9000`."
            )
        if asked is None and port != PORT:
            self._console.say(f"Port {PORT} is in use by another program; taking {port}.")
        return port

    def _environment(
        self, port: int, postgres: Postgres | None, queues: Queues | None
    ) -> dict[str, str]:
        if ignored := environment.ignored_names(os.environ, self._dotenv):
            names = ", ".join(ignored)
            self._console.say(f"Not taken from your shell: {names}. Write into .env what you want.")
        given = environment.application_environment(
            os.environ,
            self._dotenv,
            secret_key=environment.secret_key(self._options.data / "secret_key"),
            database_url=postgres.url if postgres is not None else None,
            queues=queues.environment if queues is not None else {},
            port=port,
        )
        data = self._options.data
        return {
            "ALIVE_FOLDER": str(data),
            "DEFAULT_STORAGE_DSN": (data / "media").as_uri(),
        } | given


def prepare_folder(data: Path) -> None:
    """Make the data folder; nobody else can list it, and its files with secrets have mode 0600."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        # As root the server is another account, which must be able to pass through to its own part.
        data.chmod(0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise LocalError(
            f"The data folder {data} cannot be made or used: {error.strerror}.\n"
            "Give another one: `python -m local up --data-dir FOLDER`."
        ) from error


def _port_number(variables: Mapping[str, str]) -> int | None:
    """Return PORT of the environment, None when it is not set; LocalError when it is no port."""
    text = variables.get("PORT")
    if not text:
        return None
    if not (text.isdecimal() and 0 < int(text) < 65_536):
        raise LocalError(f"PORT is {text!r}; a number from 1 to 65535 is needed. Correct .env.")
    return int(text)
