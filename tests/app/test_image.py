import json
import re
from pathlib import Path

import pytest

import app as application

FOLDER = Path(application.__file__).parent
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]


def processes() -> dict[str, str]:
    lines = (FOLDER / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_the_procfile_names_the_processes_as_plain_commands() -> None:
    assert set(processes()) == {"release", "web", "worker", "schedule"}
    for command in processes().values():
        assert not re.search(r"[|&;<>()`\"']|\$\(", command), "it would need a shell"


def test_the_image_starts_the_web_process_of_the_procfile() -> None:
    (command,) = re.findall(r"^CMD (.*)$", LAST_STAGE, re.MULTILINE)
    assert json.loads(command) == processes()["web"].split(), "here and there would differ"
    assert "ENTRYPOINT" not in LAST_STAGE, "a release command would be an argument of it"


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    (user,) = re.findall(r"^USER (.*)$", LAST_STAGE, re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), (
        "the platform could not tell it from root"
    )
    assert LAST_STAGE.index("\nUSER") > LAST_STAGE.rindex("\nCOPY"), (
        "it could write its own program"
    )


def test_the_image_keeps_a_writable_folder_for_a_read_only_root() -> None:
    assert "chmod 1777 /tmp" in LAST_STAGE
    assert re.search(r"^VOLUME /tmp$", LAST_STAGE, re.MULTILINE)


def test_the_image_holds_no_secret_and_takes_none_as_an_argument() -> None:
    assert not re.search(r"^ARG ", DOCKERFILE, re.MULTILINE)
    assert not re.search(r"SECRET_KEY|PASSWORD|DATABASE_", DOCKERFILE)


def test_packages_are_installed_by_hash_only() -> None:
    assert "--require-hashes" in DOCKERFILE
    locked = (FOLDER / "requirements.txt").read_text()
    pinned = re.findall(r"^[a-z0-9][^\s=]*==\S+", locked, re.MULTILINE)
    hashed = re.findall(r"^[a-z0-9][^\n]*\\\n    --hash=sha256:", locked, re.MULTILINE)
    assert len(pinned) == len(hashed) > 10
    for name in re.findall(
        r"^([a-z0-9-]+)", (FOLDER / "requirements.in").read_text(), re.MULTILINE
    ):
        assert re.search(rf"^{name}(\[.*\])?==", locked, re.MULTILINE), f"run make lock: {name}"


def test_the_image_keeps_the_aws_services_that_the_application_asks_for() -> None:
    kept = set(re.findall(r"! -name (\w+)", DOCKERFILE))
    asked = {"sqs"}  # by Celery, where the broker is SQS
    for path in FOLDER.rglob("*.py"):
        asked.update(re.findall(r"\bclient\(\"(\w+)\"", path.read_text()))
    assert "rds" in asked, "the test would pass without finding anything"
    assert asked <= kept, "it would fail in the image alone"


@pytest.mark.parametrize("pattern", ["**/__pycache__", "**/.env", "**/.env.*", "**/.git*", "*.md"])
def test_what_must_not_be_in_the_image_is_left_out(pattern: str) -> None:
    assert pattern in (FOLDER / ".dockerignore").read_text().splitlines()


def test_what_the_application_needs_is_not_left_out() -> None:
    needed = ["requirements.txt", "Procfile", "static/site.css", "migrations/script.py.mako"]
    ignored = (FOLDER / ".dockerignore").read_text().splitlines()
    for name in needed:
        assert (FOLDER / name).exists()
        assert not any(Path(name).match(pattern) for pattern in ignored if pattern[0] != "#")
