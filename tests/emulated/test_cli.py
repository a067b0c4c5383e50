"""The command line: what is printed, where, and the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulated import cli, cloud
from emulated.access import cloud_of
from emulated.problems import CloudError
from emulated.progress import Report
from emulated.removal import Removed
from emulated.settings import CloudSettings

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def patch(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    return monkeypatch


def test_a_start_prints_the_address_and_progress_apart(
    patch: pytest.MonkeyPatch, capsys: Capture, settings: CloudSettings
) -> None:
    def start(*, containers: bool | None, report: Report) -> cloud.Cloud:
        report("Waiting ...")
        return cloud_of(settings, "unix:///engine.sock", 3.2)

    patch.setattr(cloud, "start", start)
    assert cli.main(["start"]) == 0
    out, err = capsys.readouterr()
    assert out == "Emulated AWS with containers: http://127.0.0.1:14566 (up after 3 s).\n"
    assert err == "Waiting ...\n"


@pytest.mark.parametrize(
    ("options", "asked"), [([], None), (["--containers"], True), (["--no-containers"], False)]
)
def test_the_kind_of_cloud_is_passed_on(
    patch: pytest.MonkeyPatch, settings: CloudSettings, options: list[str], asked: bool | None
) -> None:
    given: list[bool | None] = []

    def start(*, containers: bool | None, report: Report) -> cloud.Cloud:
        given.append(containers)
        return cloud_of(settings, "")

    patch.setattr(cloud, "start", start)
    cli.main(["start", *options])
    assert given == [asked]


def test_a_start_for_programs_prints_json_alone(
    patch: pytest.MonkeyPatch, capsys: Capture, settings: CloudSettings
) -> None:
    patch.setattr(cloud, "start", lambda **_: cloud_of(settings, ""))
    assert cli.main(["start", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["endpoint_url"] == "http://127.0.0.1:14566"
    assert found["environment"]["AWS_REGION"] == "us-east-1"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_problem_is_told_without_a_traceback_and_with_code_1(
    patch: pytest.MonkeyPatch, capsys: Capture, options: list[str]
) -> None:
    def stop(**_: object) -> cloud.Stopped:
        raise CloudError("The engine sleeps: wake it.")

    patch.setattr(cloud, "stop", stop)
    assert cli.main(["stop", *options]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)["problem"] if options else err.strip()
    assert told == "The engine sleeps: wake it."


def test_a_stop_says_what_it_removed(patch: pytest.MonkeyPatch, capsys: Capture) -> None:
    patch.setattr(cloud, "stop", lambda **_: cloud.Stopped(removed=Removed(5, 1, 1)))
    assert cli.main(["stop"]) == 0
    assert capsys.readouterr().out == "Stopped; removed 5 containers, 1 volume, 1 network.\n"


def test_a_stop_of_nothing_says_so(patch: pytest.MonkeyPatch, capsys: Capture) -> None:
    patch.setattr(cloud, "stop", lambda **_: cloud.Stopped())
    assert cli.main(["stop"]) == 0
    assert capsys.readouterr().out == "Nothing was running.\n"


@pytest.mark.parametrize(("healthy", "code"), [(True, 0), (False, 1)])
def test_the_exit_code_of_status_is_the_health(
    patch: pytest.MonkeyPatch, healthy: bool, code: int
) -> None:
    found = cloud.Status(running=True, healthy=healthy, containers=True, resources={"ecs": 2})
    patch.setattr(cloud, "status", lambda: found)
    assert cli.main(["status"]) == code


def test_status_without_a_cloud_says_how_to_start_one(
    patch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    patch.setattr(cloud, "status", lambda: cloud.Status(running=False))
    assert cli.main(["status"]) == 1
    assert "python -m emulated start" in capsys.readouterr().out


def test_env_prints_lines_that_a_shell_takes(
    patch: pytest.MonkeyPatch, capsys: Capture, settings: CloudSettings
) -> None:
    patch.setattr(cloud, "running", lambda: cloud_of(settings, "unix:///a b.sock"))
    assert cli.main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("unset AWS_PROFILE"), "the user's profile would win"
    assert "export DOCKER_HOST='unix:///a b.sock'" in lines


def test_env_without_a_cloud_prints_nothing_for_the_shell(
    patch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    patch.setattr(cloud, "running", lambda: None)
    assert cli.main(["env"]) == 1
    assert capsys.readouterr().out == ""


def test_an_interruption_says_how_to_clean_up(patch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def start(**_: object) -> cloud.Cloud:
        raise KeyboardInterrupt

    patch.setattr(cloud, "start", start)
    assert cli.main(["start"]) == 130
    assert "python -m emulated stop" in capsys.readouterr().err


def test_a_bad_port_in_the_environment_is_told_before_anything_starts(
    patch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    patch.setenv("EMULATED_AWS_PORT", "many")
    assert cli.main(["start"]) == 1
    assert "EMULATED_AWS_PORT='many'" in capsys.readouterr().err
