"""A release knows its commit where git does, and goes on where git does not."""

import subprocess
from pathlib import Path

import pytest

from release.source import Source, read_source


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Änne Müller", "-c", "user.email=dev@example.com")
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "app.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_the_commit_and_its_author_are_read(repository: Path) -> None:
    source = read_source(repository)
    assert len(source.commit) == 40
    assert source.author == "Änne Müller <dev@example.com>"
    assert not source.dirty


@pytest.mark.parametrize("name", ["app.py", "new.py"])
def test_a_changed_or_a_new_file_makes_it_dirty(repository: Path, name: str) -> None:
    (repository / name).write_text("2")
    source = read_source(repository)
    assert source.dirty, "the record would claim that the commit is what runs"
    assert "with uncommitted changes" in str(source)


def test_a_repository_that_the_environment_names_is_not_meant(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other")))
    assert read_source(repository).commit, "a deployment from a git hook would name no commit"


def test_a_repository_without_commits_is_empty(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert read_source(tmp_path) == Source()


def test_a_folder_outside_of_git_is_empty(tmp_path: Path) -> None:
    assert read_source(tmp_path) == Source()
    assert str(Source()) == ""


def test_a_machine_without_git_is_empty(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert read_source(repository) == Source(), "a release would fail for want of git"
