"""The application's image in a container engine: its size, its confinement, its start and end."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from local.ports import free_port

pytestmark = pytest.mark.containers

ROOT = Path(__file__).parents[2]
BASE = "python:3.13-slim"
POSTGRES = "postgres:17-alpine"
IMAGE = "flask-fargate-image-test"
PASSWORD = "only-for-this-test"
SECRET_KEY = "not-a-secret-0123456789-abcdefghijklmnop"
# As the stack gives it to a task: no capability, a root that cannot be written to.
CONFINED = ["--read-only", "--cap-drop", "all", "--security-opt", "no-new-privileges"]
LARGEST_MB = 65
# What a start is compared with, on the same processor in the same minute: Python's own modules.
IMPORTS = (
    "import asyncio, concurrent.futures, ctypes, decimal, doctest, email.mime.multipart, "
    "http.server, logging.config, multiprocessing.pool, pydoc, sqlite3, ssl, tarfile, "
    "unittest.mock, urllib.request, xml.etree.ElementTree, xmlrpc.client, zipfile"
)
# Where these take 0.125 s of CPU, a start of so many times takes 2.5 s on a quarter of a core.
READY_IMPORTS = 5
# A busy machine takes now and then longer; an image that is too slow does so every time.
TRIED = 5
SIGTERM_CAUGHT = 1 << signal.SIGTERM - 1


def engine(*words: str, check: bool = True, timeout: float = 600) -> str:
    """One command of Docker or podman; what it printed."""
    program = shutil.which("docker") or shutil.which("podman") or ""
    done = subprocess.run(
        [program, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0 or not check, f"{' '.join(words)}: {done.stderr[-3000:]}"
    return (done.stdout + done.stderr).strip()


@pytest.fixture(scope="module")
def image() -> str:
    """The image, built as the stack builds it."""
    if not (shutil.which("docker") or shutil.which("podman")):
        pytest.skip("left out: neither Docker nor podman is on PATH")
    if "rror" in engine("info", check=False)[:200]:
        pytest.skip("left out: the container engine does not answer")
    engine("build", "--tag", IMAGE, str(ROOT / "app"))
    return IMAGE


class Containers:
    """Containers on a network of their own; all of them go at the end."""

    def __init__(self, network: str) -> None:
        self._network = network
        self._names: list[str] = []

    def start(self, image: str, *command: str, options: list[str] | None = None) -> str:
        """Start one in the background; its name."""
        name = f"{self._network}-{len(self._names)}"
        self._names.append(name)
        within = ["--network", self._network, "--name", name]
        engine("run", "--detach", *within, *(options or []), image, *command)
        return name

    def remove(self) -> None:
        """Remove all, running or not."""
        for name in self._names:
            engine("rm", "--force", "--volumes", name, check=False)
        engine("network", "rm", self._network, check=False)


@pytest.fixture(scope="module")
def containers(image: str) -> Iterator[Containers]:
    network = f"image-test-{free_port()}"
    engine("network", "create", network)
    containers = Containers(network)
    yield containers
    containers.remove()


@pytest.fixture(scope="module")
def settings(containers: Containers) -> list[str]:
    """The environment of a process, with a real Postgres that has the schema."""
    port = free_port()
    options = ["--env", f"POSTGRES_PASSWORD={PASSWORD}", "--publish", f"127.0.0.1:{port}:5432"]
    server = containers.start(POSTGRES, options=options)
    address = state(server)["NetworkSettings"]["Networks"].popitem()[1]["IPAddress"]
    url = f"postgresql://postgres:{PASSWORD}@{address}:5432/postgres?sslmode=disable"
    environment = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, "SESSION_COOKIE_SECURE": "false"}
    return [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]


@pytest.fixture(scope="module")
def released(containers: Containers, settings: list[str]) -> list[str]:
    """The same after a release, whose story is the test of the image's `release`."""
    name = containers.start(IMAGE, "flask", "deploy", options=[*CONFINED, *settings])
    code = engine("wait", name, timeout=120)
    said = engine("logs", name)
    assert code == "0", said
    assert "Release step done: the schema is up to date" in said
    return settings


def state(name: str) -> dict[str, Any]:
    (found,) = json.loads(engine("inspect", name))
    return dict(found)


def get(port: int, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": "localhost", **headers})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def serve(containers: Containers, settings: list[str], *options: str) -> tuple[str, int]:
    """Start `web` and wait until it answers; its name and its port."""
    port = free_port()
    publish = ["--publish", f"127.0.0.1:{port}:8000"]
    begun = time.monotonic()
    name = containers.start(IMAGE, options=[*CONFINED, *settings, *publish, *options])
    while time.monotonic() < begun + 60:
        with suppress(OSError, http.client.HTTPException):
            if get(port, "/livez")[0] == 200:
                return name, port
        time.sleep(0.02)
    raise AssertionError(f"it did not answer: {engine('logs', name)}")


def first_process(name: str, file: str) -> str:
    """A file of /proc about the first process."""
    return engine("exec", name, "cat", f"/proc/1/{file}")


def processor_seconds(name: str) -> float:
    """What the first process has used; proc(5) counts after the name, which ends with `)`."""
    fields = first_process(name, "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def layers(image: str) -> list[str]:
    return list(state(image)["RootFS"]["Layers"])


def test_the_image_adds_little_to_its_base(image: str, tmp_path: Path) -> None:
    above = len(layers(image)) - len(layers(BASE))
    archive = tmp_path / "image.tar"
    engine("save", "--output", str(archive), image)
    compressed = 0
    with tarfile.open(archive) as files:
        manifest = files.extractfile("manifest.json")
        assert manifest
        for name in json.load(manifest)[0]["Layers"][-above:]:
            layer, packer = files.extractfile(name), zlib.compressobj(6)
            assert layer
            while part := layer.read(1024 * 1024):
                compressed += len(packer.compress(part))
            compressed += len(packer.flush())
    assert compressed <= LARGEST_MB * 1_000_000, f"{compressed / 1e6:.1f} MB: a start would wait"


def test_it_serves_from_a_real_database_confined_as_in_production(
    containers: Containers, released: list[str]
) -> None:
    name, port = serve(containers, released)
    assert get(port, "/readyz")[0] == 200
    status, _, page = get(port, "/")
    assert status == 200
    assert b"Polls" in page
    (style,) = re.findall(r'href="(/static/site\.[0-9a-f]+\.css)"', page.decode())
    status, headers, _ = get(port, style, **{"Accept-Encoding": "br"})
    assert (status, headers.get("Content-Encoding")) == (200, "br")
    assert "immutable" in headers["Cache-Control"], "each page would ask for its style again"
    told = state(name)
    assert told["HostConfig"]["ReadonlyRootfs"] is True
    assert engine("exec", name, "id", "-u") == "10001"
    of_first = first_process(name, "status")
    assert re.search(r"CapEff:\s+0+$", of_first, re.MULTILINE), "it could do what root can"


def test_nothing_but_tmp_can_be_written_to(containers: Containers) -> None:
    folders = ["/srv/app", "/opt/venv", "/etc", "/media", "/home", "/tmp"]
    script = "; ".join(f"touch {folder}/new && echo wrote {folder}" for folder in folders)
    told = engine("run", "--rm", *CONFINED, IMAGE, "sh", "-c", script)
    assert re.findall("wrote (.*)", told) == ["/tmp"], told


def test_the_program_is_not_its_users_to_change(image: str) -> None:
    found = engine(
        *("run", "--rm", IMAGE, "find", "/srv", "/opt/venv", "/usr/local"),
        *("(", "-user", "10001", "-o", "-perm", "-0002", ")", "-not", "-type", "l"),
    )
    assert found == "", "where the root can be written to, an intruder could stay"


def test_it_holds_no_installer(image: str) -> None:
    told = engine("run", "--rm", image, "python", "-m", "pip", "--version", check=False)
    assert "No module named pip" in told, "an intruder could install what they lack"


def test_it_is_ready_in_time_on_a_quarter_of_a_core(
    containers: Containers, released: list[str]
) -> None:
    tell = f"{IMPORTS}, time; print(time.process_time())"
    took = []
    for _ in range(TRIED):
        name, _ = serve(containers, released, "--cpus", "0.25", "--memory", "512m")
        start = processor_seconds(name)
        took.append(start / float(engine("exec", name, "python", "-c", tell)))
        engine("rm", "--force", name)
        if took[-1] < READY_IMPORTS:
            break
    assert min(took) < READY_IMPORTS, f"{took} times the imports: new tasks would come too late"


def test_every_module_of_a_start_is_compiled(image: str) -> None:
    script = (
        "import sys, app.server; from app import create_app; "
        "paths = {each.__spec__.cached for each in list(sys.modules.values()) "
        "if getattr(each, '__spec__', None) and each.__spec__.cached}; "
        "print(len(paths), *(path for path in paths if open(path, 'rb').read(8)[4] != 1))"
    )
    count, *others = engine("run", "--rm", *CONFINED, image, "python", "-c", script).split()
    assert int(count) > 100
    assert not others, "each start would look after them, or make them anew"


def test_it_ends_by_itself_when_it_is_told_to(containers: Containers, released: list[str]) -> None:
    name, port = serve(containers, released)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/livez")
    connection.getresponse().read()
    begun = time.monotonic()
    engine("stop", "--time", "40", name)
    took = time.monotonic() - begun
    connection.close()
    assert state(name)["State"]["ExitCode"] == 0, engine("logs", name)
    assert took < 10, f"{took:.1f} s: with idle connections it would wait to be killed"


def _catches_sigterm(name: str) -> bool:
    found = re.search(r"^SigCgt:\s+(\w+)$", first_process(name, "status"), re.MULTILINE)
    return bool(found and int(found[1], 16) & SIGTERM_CAUGHT)


def test_one_that_is_told_to_end_while_it_starts_does(
    containers: Containers, released: list[str]
) -> None:
    name = containers.start(IMAGE, options=[*CONFINED, *released, "--cpus", "0.1"])
    begun = time.monotonic()
    while not _catches_sigterm(name):
        assert time.monotonic() - begun < 30, "Python's own start takes tenths of a second"
    assert "Listening" not in engine("logs", name), "it has started: the test proves nothing"
    begun = time.monotonic()
    engine("stop", "--time", "40", name)
    assert time.monotonic() - begun < 10, "the first process of a container ignores what it can"
    assert state(name)["State"]["ExitCode"] in {0, 143}
