"""Settings of the emulated AWS, from the environment to what ministack reads."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from emulated.server.settings import (
    ServerSettings,
    ServerSettingsError,
    ministack_environment,
    moto_environment,
    read_settings,
)


def test_an_empty_environment_gives_a_server_that_only_this_machine_reaches() -> None:
    settings = read_settings({})
    assert settings == ServerSettings(), "a default differs from what is documented"
    assert settings.bind_host == "127.0.0.1", "the emulated AWS would be open to the network"
    assert not settings.containers, "an engine would be used that nobody asked for"


def test_variables_become_values_of_their_field() -> None:
    settings = read_settings(
        {
            "EMULATED_AWS_PORT": "4610",
            "EMULATED_CONTAINERS": "true",
            "EMULATED_STATE_DIR": "/var/lib/x",
            "EMULATED_DRAIN_CAP_SECONDS": "2.5",
            "EMULATED_NETWORK": "net",
        }
    )
    assert (settings.aws_port, settings.containers) == (4610, True)
    assert settings.state_dir == Path("/var/lib/x")
    assert settings.drain_cap_seconds == 2.5
    assert settings.network == "net"


def test_every_unusable_variable_is_reported_at_once() -> None:
    with pytest.raises(ServerSettingsError) as raised:
        read_settings({"EMULATED_AWS_PORT": "http", "EMULATED_CONTAINERS": "yes"})
    text = str(raised.value)
    assert "EMULATED_AWS_PORT: 'http' given, a number allowed" in text
    assert "EMULATED_CONTAINERS: 'yes' given, true or false allowed" in text, (
        "the second mistake would only be seen after the first is mended"
    )


def test_repositories_are_addressed_at_the_port_of_the_server() -> None:
    assert read_settings({"EMULATED_AWS_PORT": "4610"}).registry_host == "localhost:4610", (
        "images would be pushed to another emulator"
    )
    own = read_settings({"EMULATED_AWS_PORT": "4610", "EMULATED_REGISTRY_HOST": "r:5000"})
    assert own.registry_host == "r:5000"


def test_the_own_container_is_the_host_name_unless_it_is_given() -> None:
    assert read_settings({"HOSTNAME": "0a1b"}).gateway_container == "0a1b"
    given = {"HOSTNAME": "0a1b", "EMULATED_GATEWAY_CONTAINER": "aws"}
    assert read_settings(given).gateway_container == "aws"


def test_without_containers_no_engine_is_within_reach_of_ministack(tmp_path: Path) -> None:
    variables = ministack_environment(ServerSettings(state_dir=tmp_path))
    assert not Path(variables["DOCKER_HOST"].removeprefix("unix://")).exists(), (
        "ministack would start containers on an engine that happens to run"
    )
    assert "DOCKER_HOST" not in ministack_environment(ServerSettings(containers=True)), (
        "the engine that was chosen would be overruled"
    )


def test_everything_that_is_written_lies_in_the_state_folder(tmp_path: Path) -> None:
    settings = ServerSettings(state_dir=tmp_path)
    variables = ministack_environment(settings)
    for name in ("S3_DATA_DIR", "STATE_DIR", "TMPDIR"):
        assert Path(variables[name]).is_relative_to(tmp_path), f"{name} would outlive `stop`"
    assert settings.snapshot_dir.is_relative_to(tmp_path)
    assert settings.tls_dir.is_relative_to(tmp_path)


def test_both_processes_know_the_same_account() -> None:
    settings = ServerSettings(account_id="111122223333")
    assert ministack_environment(settings)["MINISTACK_ACCOUNT_ID"] == "111122223333"
    assert moto_environment(settings)["MOTO_ACCOUNT_ID"] == "111122223333"


def test_settings_cannot_change_while_the_server_runs() -> None:
    with pytest.raises(FrozenInstanceError):
        ServerSettings().aws_port = 1  # type: ignore[misc]
