"""The embedded Postgres server: kept data for development, or a throwaway one for tests."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import LiteralString, Self

import psycopg
from psycopg import sql

from local.account import ELSEWHERE, server_account, settle
from local.binaries import programs
from local.cluster import Cluster
from local.guardian import Guardian
from local.ports import HOST, free_port, is_free
from local.problems import LocalError

ROLE = "app"
DATABASE = "app"
# A server that must replay its log after a hard stop may take long, but not for ever.
READY_SECONDS = 120.0
STOP_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": HOST,
    # A socket's path is limited to 107 bytes; 127.0.0.1 with a password does all we need.
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Speed instead of safety: only for data that nobody wants to see again.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
}


class Postgres:
    """One server on 127.0.0.1 with a role and a database for the application, both named `app`.

    `with Postgres.throwaway() as server: server.url` for a test; `server.create_database("x")`
    returns the address of one more, empty database.
    """

    def __init__(
        self,
        folder: Path,
        *,
        guardian: Guardian | None = None,
        report: Callable[[str], None] = lambda _: None,
        elsewhere: Path = ELSEWHERE,
        removed_at_stop: bool = False,
    ) -> None:
        """Keep the data in `folder`; `report` gets a line about anything that takes a while."""
        self._folder = folder
        self._guardian = guardian
        self._own_guardian: Guardian | None = None
        self._report = report
        self._elsewhere = elsewhere
        self._removed_at_stop = removed_at_stop
        self._process: subprocess.Popen[bytes] | None = None
        self._addresses = {"postgres": "", ROLE: ""}

    @classmethod
    def throwaway(cls) -> Self:
        """Return a server for tests: own folder, no care for power cuts, removed when stopped."""
        return cls(Path(tempfile.mkdtemp(prefix="postgres-")), removed_at_stop=True)

    @property
    def url(self) -> str:
        """Return the address of the application's database, for its role, with the password."""
        return self.url_of(DATABASE)

    def url_of(self, database: str, role: str = ROLE) -> str:
        """Return the address of any database of this server; `role` is `app` or `postgres`."""
        if not self._addresses[role]:
            raise LocalError("The database server has not been started, so it has no address.")
        # Without it a PGSSLMODE of the shell would ask for TLS, which 127.0.0.1 does not need.
        return f"{self._addresses[role]}/{database}?sslmode=disable"

    @property
    def address(self) -> str:
        """Return the address of the application's database without the password, to be shown."""
        before, _, place = self.url.partition("@")
        return f"{before.rpartition(':')[0]}@{place.partition('?')[0]}"

    @property
    def process_id(self) -> int | None:
        """Return the server's process number while it runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Tell whether the server process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until the application's database can be used."""
        account = server_account(self._folder)
        folder = settle(self._folder, account, self._elsewhere)
        if folder != self._folder:
            self._report(
                f"The database's data is in {folder}: the account {account.name} cannot reach "
                f"{self._folder.parent}."
            )
        cluster = Cluster(folder, account, programs(account, self._elsewhere))
        if not cluster.data.exists() and not self._removed_at_stop:
            self._report("Making the database (once) ...")
        credentials = cluster.create(durable=not self._removed_at_stop)
        cluster.clear_leftovers()
        try:
            port = self._launch(cluster)
            self._addresses = {
                "postgres": f"postgresql://postgres:{credentials.owner}@{HOST}:{port}",
                ROLE: f"postgresql://{ROLE}:{credentials.application}@{HOST}:{port}",
            }
            self._wait_until_ready(cluster)
            self._create_role(credentials.application)
            self.create_database(DATABASE)
        except BaseException:
            self.stop()
            raise

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server: connections are closed and everything written, unless `at_once`."""
        process, self._process = self._process, None
        if process is not None:
            steps = [(signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)]
            for number, patience in steps if at_once else [(signal.SIGINT, STOP_SECONDS), *steps]:
                process.send_signal(number)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(patience)
                    break
            if self._guardian:
                self._guardian.release(process.pid)
        if self._own_guardian:
            self._own_guardian.close()
            self._own_guardian = self._guardian = None
        if self._removed_at_stop:
            shutil.rmtree(self._folder.resolve(), ignore_errors=True)
            self._folder.unlink(missing_ok=True)  # what is left when it was a link

    def create_database(self, name: str) -> str:
        """Make the database for the application's role unless it is there; return its address."""
        exists = self._execute("SELECT 1 FROM pg_database WHERE datname = {}", sql.Literal(name))
        if not exists:
            owner = sql.Identifier(ROLE)
            self._execute("CREATE DATABASE {} OWNER {}", sql.Identifier(name), owner)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Remove a database with everything in it, closing its connections."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", sql.Identifier(name))

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def _launch(self, cluster: Cluster) -> int:
        """Start the process on the port of the last run, or a free one, and return the port."""
        remembered = cluster.folder / "port"
        with contextlib.suppress(OSError, ValueError):
            port = int(remembered.read_text())
            if is_free(port):
                return self._launch_on(port, cluster)
        port = free_port()
        remembered.write_text(str(port))
        return self._launch_on(port, cluster)

    def _launch_on(self, port: int, cluster: Cluster) -> int:
        settings = SETTINGS | (THROWAWAY if self._removed_at_stop else {}) | {"port": str(port)}
        command: list[str | Path] = [cluster.programs / "postgres", "-D", cluster.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        if self._guardian is None:
            self._guardian = self._own_guardian = Guardian()
        with cluster.log.open("wb") as log:
            self._process = cluster.account.start(command, stdout=log, cwd=cluster.folder)
        self._guardian.watch(self._process.pid, signal.SIGINT)
        return port

    def _wait_until_ready(self, cluster: Cluster) -> None:
        url = self.url_of("postgres", role="postgres")
        started = time.monotonic()
        said = started
        while self.running:
            try:
                psycopg.connect(url, connect_timeout=5).close()
            except psycopg.OperationalError as error:
                reason = error
            else:
                return
            now = time.monotonic()
            if now - started > READY_SECONDS:
                raise LocalError(
                    f"Postgres does not answer after {READY_SECONDS:.0f} s: {reason}\n"
                    f"Its log ({cluster.log}) ends with:\n{cluster.last_words()}"
                )
            if now - said > 2:
                said = now
                self._report(f"Postgres is still starting ... {now - started:.0f} s")
            time.sleep(0.05)
        raise LocalError(
            f"Postgres did not start. Its log ({cluster.log}) ends with:\n{cluster.last_words()}\n"
            "Put right what it names, then run `make up` again."
        )

    def _create_role(self, password: str) -> None:
        """Make the application's role, no superuser, or set its password again."""
        exists = self._execute("SELECT 1 FROM pg_roles WHERE rolname = {}", sql.Literal(ROLE))
        verb: LiteralString = "ALTER" if exists else "CREATE"
        query: LiteralString = verb + " ROLE {} LOGIN CREATEDB PASSWORD {}"
        self._execute(query, sql.Identifier(ROLE), sql.Literal(password))

    def _execute(self, query: LiteralString, *parts: sql.Composable) -> bool:
        """Run one statement as the server's owner; tell whether it returned a row."""
        with psycopg.connect(
            self.url_of("postgres", role="postgres"), autocommit=True
        ) as connection:
            cursor = connection.execute(sql.SQL(query).format(*parts))
            return cursor.description is not None and cursor.fetchone() is not None
