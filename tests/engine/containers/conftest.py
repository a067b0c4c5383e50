"""The stack that all of these tests share, and a person at its verbs."""

from collections.abc import Iterator

import pytest

from emulated import cloud
from emulated.engine import find_engine
from emulated.problems import EngineError
from emulated.settings import CloudSettings
from tests.engine.containers.person import Person
from tests.engine.releasing import Project


# A package's: what comes after it may want a cloud of its own, and there is room for one.
@pytest.fixture(scope="package")
def project(tmp_path_factory: pytest.TempPathFactory, cli: object) -> Iterator[Project]:
    """A copy of the project whose stack runs in containers; brought down at the end."""
    try:
        find_engine(CloudSettings())
    except EngineError as problem:
        pytest.skip(f"left out: {problem}")
    if cloud.running():
        pytest.skip("left out: an emulated cloud already runs here (make down STACK=emulated)")
    project = Project.copy_to(tmp_path_factory.mktemp("copy") / "project")
    yield project
    done = project.run("down")
    assert done.code == 0, f"down failed:\n{done.said[-6000:]}"


@pytest.fixture
def person(project: Project) -> Iterator[Person]:
    """Whoever operates that stack."""
    person = Person(project.folder)
    yield person
    person.leave()


@pytest.fixture
def broken(request: pytest.FixtureRequest, project: Project) -> Iterator[None]:
    """One file of the application changed for one test: path, old text, new text."""
    path, old, new = request.param
    whole = (project.folder / path).read_text()
    project.edit(path, old, new)
    yield
    (project.folder / path).write_text(whole)
