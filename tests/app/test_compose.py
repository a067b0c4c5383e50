"""compose.yaml: the image of production, confined as on Fargate."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config import Config

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "app" / "Dockerfile").read_text()
PROCESSES = dict(
    line.split(": ", 1) for line in (ROOT / "app" / "Procfile").read_text().splitlines()
)
OF_OURS = pytest.mark.parametrize("name", list(PROCESSES))
OF_ALL = pytest.mark.parametrize("name", list(SERVICES))


def test_every_process_of_the_procfile_runs() -> None:
    assert set(PROCESSES) <= set(SERVICES)
    assert set(SERVICES) - set(PROCESSES) == {"postgres", "valkey", "rabbitmq"}


@OF_OURS
def test_a_process_runs_from_the_one_image_by_the_command_of_the_procfile(name: str) -> None:
    service = SERVICES[name]
    assert (service["build"], service["image"]) == ("app", "flask-fargate:local")
    given = service.get("command")
    if name == "web":
        assert given is None, "the image knows how to serve"
    else:
        assert given == PROCESSES[name].split(), "here and in production would differ"


@OF_OURS
def test_what_a_process_is_told_is_a_setting_that_it_knows(name: str) -> None:
    known = {field.upper() for field in Config.model_fields}
    assert set(SERVICES[name]["environment"]) <= known
    assert SERVICES[name]["environment"] == SERVICES["web"]["environment"]


@OF_ALL
def test_a_container_can_write_nowhere_and_has_no_capability(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert "privileged" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]


@OF_ALL
def test_a_container_does_not_run_as_root(name: str) -> None:
    user = SERVICES[name].get("user")
    if "build" in SERVICES[name]:
        assert user is None, "the image names its user"
    else:
        assert user not in {None, "root", "0"}


@OF_ALL
def test_others_wait_until_a_server_is_healthy(name: str) -> None:
    if name != "release":
        assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    for other, wait in SERVICES[name].get("depends_on", {}).items():
        ends = other == "release"
        expected = "service_completed_successfully" if ends else "service_healthy"
        assert wait == {"condition": expected}


def test_images_of_others_are_pinned_to_a_release() -> None:
    for name in ("postgres", "valkey", "rabbitmq"):
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+(\.\d+)?-alpine", SERVICES[name]["image"])


def test_the_servers_are_of_the_versions_that_prod_has() -> None:
    prod = (ROOT / "Pulumi.prod.yaml").read_text()
    for name in ("postgres", "valkey", "rabbitmq"):
        version = SERVICES[name]["image"].rpartition(":")[2]
        wanted = re.findall(r'engine-version: "([\d.]+)"', prod)
        assert any(version.startswith(f"{each}.") for each in wanted), f"{name} {version}"


def test_only_web_is_reachable_and_from_this_machine_alone() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_uploads_go_to_a_folder_that_the_image_makes_for_its_user() -> None:
    assert SERVICES["web"]["environment"]["DEFAULT_STORAGE_DSN"] == "file:///media"
    for name in PROCESSES:
        assert SERVICES[name]["volumes"] == ["media:/media"]
    assert "install -d -o 10001 -g 10001 /media" in DOCKERFILE, "nobody could upload anything"


def test_a_stop_waits_longer_than_a_process_takes() -> None:
    grace = int(SERVICES["web"]["stop_grace_period"].removesuffix("s"))
    assert grace > Config.model_fields["stop_timeout"].default
