"""A MariaDB server for tests, which stands for MySQL: own folder, own port, removed at the end."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pymysql
import pytest

from local.ports import HOST, free_port

READY_SECONDS = 60.0
INSTALL_ATTEMPTS = 3
PROGRAMS = ("mariadbd", "mariadb-install-db")
# Speed instead of safety: nobody wants to see the data again.
SETTINGS = (
    "--no-defaults",
    f"--bind-address={HOST}",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--skip-log-bin",
    "--skip-name-resolve",
    # A server of another place and another habit: the application must not mind.
    "--default-time-zone=+05:00",
    "--sql-mode=",
    "--character-set-server=latin1",
)


class MariaDB:
    """`with MariaDB(folder) as server: server.create_database("x")` gives an address."""

    def __init__(self, folder: Path, *settings: str) -> None:
        if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
            pytest.skip(f"there is no {' and no '.join(missing)} on this machine")
        self._folder = folder
        self._settings = settings
        self.port = free_port()

    def __enter__(self) -> Self:
        data = f"--datadir={self._folder / 'data'}"
        account = "--user=root"
        install = ["mariadb-install-db", "--no-defaults", data, account]
        how = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        # Now and then the program ends without its tables and without a reason.
        for _ in range(INSTALL_ATTEMPTS):
            shutil.rmtree(self._folder / "data", ignore_errors=True)
            done = subprocess.run(
                [*install, *how], check=False, capture_output=True, text=True, cwd=self._folder
            )
            if done.returncode == 0:
                break
        assert done.returncode == 0, f"MariaDB's data were not made:\n{done.stdout}{done.stderr}"
        log = (self._folder / "log").open("wb")
        places = [data, f"--port={self.port}", f"--socket={self._folder / 'socket'}"]
        self._process = subprocess.Popen(
            ["mariadbd", *SETTINGS, account, *places, *self._settings], stderr=log, stdout=log
        )
        log.close()
        self._wait()
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)

    def create_database(self, name: str) -> str:
        """Make a database and a login of the same name that owns it; return its address."""
        self.run(
            f"CREATE DATABASE {name}",
            f"CREATE USER {name}@'%' IDENTIFIED BY 'p@ss'",
            f"GRANT ALL ON {name}.* TO {name}@'%'",
        )
        return f"mysql://{name}:p%40ss@{HOST}:{self.port}/{name}"

    def run(self, *statements: str) -> None:
        """Run statements as the server's administrator."""
        place = str(self._folder / "socket")
        with pymysql.connect(user="root", unix_socket=place, autocommit=True) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def _wait(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        # PyMySQL would leave its socket open where nobody answers.
        while not _answers(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = (self._folder / "log").read_text()[-2000:]
                raise AssertionError(f"MariaDB did not start:\n{words}")
            time.sleep(0.1)


def _answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0
