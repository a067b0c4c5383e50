"""The command that starts a process of the emulated AWS."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulated.server import __main__ as process

ROOT = Path(__file__).parents[3]
# What can be read, and tested, without ministack, moto and the SDK of the container engine.
PURE_MODULES = (
    "addresses",
    "balancer_choice",
    "container_names",
    "health_check",
    "image_pull",
    "image_size",
    "ldap_bind",
    "patching",
    "postgres_settings",
    "query_protocol",
    "schedule_target",
    "settings",
    "task_container",
)


@pytest.mark.parametrize("arguments", [[], ["aws", "moto"], ["ec2"]])
def test_a_wrong_command_is_answered_with_the_right_one(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert process.main(arguments) == 2, "a script would take the mistake for a started server"
    assert "aws|moto" in capsys.readouterr().err


def test_a_wrong_setting_is_named_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMULATED_AWS_PORT", "x")
    assert process.main(["aws"]) == 2
    assert capsys.readouterr().err.startswith("EMULATED_AWS_PORT")


@pytest.mark.skipif(
    importlib.util.find_spec("ministack") is not None, reason="the emulator's packages are here"
)
def test_an_environment_without_the_emulator_is_told_how_to_get_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emulated.server", "aws"],
        cwd=ROOT,
        env={**os.environ, "EMULATED_STATE_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "emulated/requirements.txt" in done.stderr, "nobody could guess what to install"
    assert "Traceback" not in done.stderr


def test_the_pure_modules_need_nothing_of_the_emulator() -> None:
    names = [f"emulated.server.{name}" for name in PURE_MODULES]
    program = (
        f"import importlib, sys; [importlib.import_module(n) for n in {names}]; "
        "print(sorted({'ministack', 'moto', 'docker', 'hypercorn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", f"unit tests would need the emulator: {done.stderr}"
