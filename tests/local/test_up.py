"""`python -m local up` as a person has it: real processes, a real server, real signals."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from local.ports import free_port
from tests.local.running import Project, eventually

pytestmark = pytest.mark.processes

WEB = "web: python serve.py"
COUNT_RUNS = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS runs (id serial)")
    connection.execute("INSERT INTO runs DEFAULT VALUES")
    print("run number", connection.execute("SELECT count(*) FROM runs").fetchone()[0])
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("stubborn", flush=True)
time.sleep(60)
"""
WITH_CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "grandchild"])
print("parent", flush=True)
sys.exit(5)
"""


def test_ctrl_c_stops_everything_and_a_second_run_keeps_the_data(project: Project) -> None:
    project.procfile("release: python count.py", WEB, postgres=True)
    project.write("count.py", COUNT_RUNS)
    first = project.up()
    address = first.address()
    with urllib.request.urlopen(f"{address}/", timeout=5) as page:  # noqa: S310 (our own)
        assert page.read() == b"here", "the printed address is not the application's"
    first.send(signal.SIGINT)
    assert first.end() == 0, first.output
    assert "web     | finished politely" in first.output, "web was not asked to stop"
    assert "Traceback" not in first.output
    assert project.processes() == [], "processes are left behind"

    second = project.up()
    second.wait_for("release [|] run number 2")
    second.address()
    second.send(signal.SIGINT)
    assert second.end() == 0, second.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_stop_are_as_clean(project: Project, number: signal.Signals) -> None:
    project.procfile(WEB)
    run = project.up()
    run.address()
    run.send(number)
    assert run.end() == 0, run.output
    assert "finished politely" in run.output
    assert project.processes() == [], "processes are left behind"


def test_a_failing_release_ends_the_run_with_its_exit_code(project: Project) -> None:
    project.procfile("release: python fail.py", WEB)
    project.write("fail.py", "import sys; print('no table'); sys.exit(3)")
    run = project.up()
    assert run.end() == 3, run.output
    assert "release | no table" in run.output
    assert "release ended with exit code 3" in run.output
    assert "serving" not in run.output, "web serves on a schema that is not there"


def test_when_one_process_ends_everything_ends_with_its_exit_code(project: Project) -> None:
    project.procfile(WEB, "worker: python worker.py")
    project.write("worker.py", WITH_CHILD)
    run = project.up()
    assert run.end() == 5, run.output
    assert "worker ended with exit code 5, so everything stops" in run.output
    assert "finished politely" in run.output, "web was not stopped in order"
    assert project.processes() == [], "the worker's own child is left behind"


def test_a_process_that_ends_well_is_a_failure_too(project: Project) -> None:
    project.procfile(WEB, "worker: python -c pass")
    run = project.up()
    assert run.end() == 1, "a worker that stays not up would pass for success"


def test_a_second_ctrl_c_kills_what_does_not_stop(project: Project) -> None:
    project.procfile(WEB, "worker: python stubborn.py")
    project.write("stubborn.py", STUBBORN)
    run = project.up()
    run.address()
    run.wait_for("worker [|] stubborn")
    run.send(signal.SIGINT)
    run.wait_for("Ctrl-C again kills")
    run.wait_for("finished politely")
    time.sleep(0.6)
    run.send(signal.SIGINT)
    assert run.end() == 130, run.output
    assert "Killing worker as asked" in run.output
    assert project.processes() == []


def test_after_kill_9_nothing_stays_and_the_next_run_works(project_with_data: Project) -> None:
    project = project_with_data
    project.procfile("release: python count.py", WEB, postgres=True)
    project.write("count.py", COUNT_RUNS)
    first = project.up()
    first.address()
    first.process.kill()
    second = project.up()
    second.wait_for("run number 2")
    second.address()
    second.send(signal.SIGINT)
    assert second.end() == 0, second.output
    assert eventually(lambda: project.processes() == []), "kill -9 leaves processes behind"


def test_when_the_database_dies_everything_stops_with_the_reason(
    project_with_data: Project,
) -> None:
    project = project_with_data
    project.procfile(WEB, postgres=True)
    run = project.up()
    run.address()
    server = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(project.folder) in word for word in process.info["cmdline"] or [])
        and "postgres" in process.info["cmdline"][0]
    )
    server.kill()
    assert run.end() == 1
    assert "The database server has ended" in run.output


def test_a_second_run_at_the_same_time_is_refused_with_the_address(project: Project) -> None:
    project.procfile(WEB)
    first = project.up()
    address = first.address()
    second = project.up()
    assert second.end() == 1
    assert f"already running here (process {first.process.pid}) and answers at {address}" in (
        second.output
    )
    assert first.process.poll() is None, "the second run stopped the first"


def test_a_busy_port_is_passed_over_and_said(project: Project) -> None:
    project.procfile(WEB)
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            busy.bind(("127.0.0.1", 8000))
            busy.listen()
        except OSError:
            pass  # somebody else keeps it busy, which serves as well
        run = project.up(port=None)
        address = run.address()
        assert f"Port 8000 is in use by another program; taking {address.split(':')[-1]}" in (
            run.output
        )


def test_a_busy_port_that_was_asked_for_is_refused(project: Project) -> None:
    project.procfile(WEB)
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = int(busy.getsockname()[1])
        run = project.up(port=port)
        assert run.end() == 1
        assert f"Port {port} is in use by another program" in run.output


def test_a_program_that_is_not_there_is_named(project: Project) -> None:
    project.procfile(WEB, "worker: no-such-program --now")
    run = project.up()
    assert run.end() == 1
    assert "worker cannot be started: no-such-program" in run.output
    assert "Traceback" not in run.output
    assert project.processes() == []


def test_a_wrong_stack_file_is_shown_and_stops_nobody(project: Project) -> None:
    project.procfile(WEB)
    project.write("Pulumi.staging.yaml", "config:\n  flask-fargate:nonsense: 1\n")
    run = project.up(plan=True)
    run.address()
    assert "nonsense" in run.output, "the person does not learn what is wrong"
    assert "could not be planned. The application runs here all the same" in run.output


def test_output_of_any_bytes_is_shown(project: Project) -> None:
    project.procfile("release: python bytes.py", WEB)
    project.write(
        "bytes.py",
        "import sys; sys.stdout.buffer.write(b'\\xff first\\r\\n' + b'x' * 200_000 + b'\\nlast')",
    )
    run = project.up()
    run.address()
    assert "release | \ufffd first\n" in run.output
    assert "x" * 200_000 in run.output, "a long line was cut"
    assert "release | last\n" in run.output, "the last line was lost"


def test_ctrl_c_during_the_release_stops_it(project: Project) -> None:
    project.procfile("release: python -c 'import time; print(1); time.sleep(60)'", WEB)
    run = project.up()
    run.wait_for("release [|] 1")
    run.send(signal.SIGINT)
    assert run.end() == 0, run.output
    assert "serving" not in run.output
    assert project.processes() == []


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_everything_stops_when_make_is_killed(project: Project) -> None:
    project.procfile(WEB)
    command = f"{sys.executable} -m local up --no-plan --port {free_port()}"
    project.write("Makefile", f"up:\n\t@exec {command}\n")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        ["make", "up"], cwd=project.folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as make:
        assert make.stdout is not None
        assert any("Running at" in line for line in make.stdout)
        make.kill()
    assert eventually(lambda: project.processes() == []), "the application outlives `make up`"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
def test_an_ordinary_account_needs_no_root(project: Project) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    if python_of(nobody) is None:
        pytest.skip("no Python with the packages' version that another account can run")
    project.procfile("web: python3 serve.py", postgres=True)
    for path in [project.folder, *project.folder.rglob("*")]:
        os.chown(path, nobody, nobody)
    run = project.up(user=nobody, python=python_of(nobody))
    run.address()
    assert (project.folder / ".local/postgres/data").stat().st_uid == nobody
    run.send(signal.SIGINT)
    assert run.end() == 0, run.output


def python_of(user: int) -> str | None:
    """Return a Python of our version that the account can run: ours, or the system's."""
    ours = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{ours}", f"/usr/local/bin/{ours}"):
        try:
            subprocess.run([python, "-c", ""], user=user, cwd="/", check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    return None


def test_a_command_beside_the_application_uses_its_database(project: Project) -> None:
    project.procfile("release: python count.py", WEB, postgres=True)
    project.write("count.py", COUNT_RUNS)
    refused = project.run("python", "count.py")
    assert (refused.returncode, refused.stdout) == (1, ""), "some other database would be changed"
    assert "Start `make up`" in refused.stderr
    run = project.up()
    run.address()
    kept = project.folder / ".local" / "environment.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600, "others could read the secret key"
    assert project.run("python", "count.py").stdout == "run number 2\n"
    assert project.run("python", "-c", "raise SystemExit(7)").returncode == 7
    unknown = project.run("flusk", "routes")
    assert "no program 'flusk'" in unknown.stderr
    assert "Traceback" not in unknown.stderr
    run.send(signal.SIGINT)
    assert run.end() == 0, run.output
    assert not kept.exists(), "the secret key would stay on the disk twice"
