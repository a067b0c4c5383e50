"""The whole cloud with containers: `make up STACK=emulated` in a copy of the project."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulated import cloud
from emulated.engine import find_engine
from emulated.problems import EngineError
from emulated.settings import CloudSettings
from tests.engine.running import ROOT
from tests.engine.visitor import Stream, Visitor

pytestmark = pytest.mark.containers

NEW_RULE = ".rolled-out { color: inherit; }"
STYLE = "/static/site.css"
TIMEOUT_SECONDS = 1200


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory, cli: Path) -> Iterator[Path]:
    """The project's files in a folder of their own, brought down at the end."""
    try:
        find_engine(CloudSettings())
    except EngineError as problem:
        pytest.skip(f"left out: {problem}")
    if cloud.running():
        pytest.skip("left out: an emulated cloud already runs here (make down STACK=emulated)")
    folder = tmp_path_factory.mktemp("copy") / "project"
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    yield folder
    deploy(folder, "down")


def deploy(folder: Path, verb: str) -> str:
    """One verb on the emulated stack, which must succeed; what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy", verb, "--stack", "emulated", "--yes", "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{verb} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def address(printed: str) -> str:
    """The page's address among the printed outputs."""
    found = json.loads(printed)
    return str(found.get("outputs", found)["address"])


def test_votes_survive_a_new_image_that_is_rolled_out_under_requests(copy: Path) -> None:
    page = address(deploy(copy, "up"))
    visitor = Visitor(page)
    poll = visitor.open_poll("Tea or coffee?", "Tea", "Coffee")
    visitor.vote(poll, "Tea")
    assert visitor.votes(poll) == [1, 0]
    running = cloud.status(settings=CloudSettings(folder=copy)).resources
    assert running["ecs"] == 2, "the page must be served by two tasks"
    assert running["rds"] == 1, "the database must be a real Postgres"

    style = copy / "app" / "static" / "site.css"
    style.write_text(f"{style.read_text()}\n{NEW_RULE}\n")
    with Stream(page, f"{poll}/results") as stream:
        deploy(copy, "up")
    assert stream.answered > 20, "the rollout was over before it was looked at"
    assert not stream.failed, f"{len(stream.failed)} of {stream.answered} requests were lost"

    assert NEW_RULE in visitor.get(STYLE).text, "the old image still serves"
    assert visitor.votes(poll) == [1, 0], "the vote was lost with the old tasks"
