"""Finding a container engine, and the sentences when there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import requests

from emulated.engine import DEFAULT_SOCKET, Engine, find_engine, inner_socket
from emulated.problems import EngineError
from emulated.settings import CloudSettings
from tests.emulated.fake_engine import UNREACHABLE, FakeClient, client_maker


@pytest.fixture(autouse=True)
def _no_docker_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))


def find(
    settings: CloudSettings,
    client: FakeClient,
    *sockets: str,
    programs: tuple[str, ...] = (),
) -> Engine:
    """Look for an engine on a machine that has these sockets and programs."""
    program: Callable[[str], str | None] = lambda name: name if name in programs else None  # noqa: E731
    return find_engine(
        settings,
        make_client=client_maker(client),
        exists=lambda path: path in sockets,
        find_program=program,
    )


def test_docker_is_found_at_its_usual_socket(settings: CloudSettings) -> None:
    engine = find(settings, FakeClient(), DEFAULT_SOCKET)
    assert (engine.kind, engine.host) == ("docker", f"unix://{DEFAULT_SOCKET}")


def test_podman_behind_the_docker_api_is_recognised(settings: CloudSettings) -> None:
    client = FakeClient(kind="Podman Engine", insecure=("localhost:4566",))
    engine = find(settings, client, "/run/podman/podman.sock")
    assert engine.is_podman, "its registry rules would not be checked"
    assert engine.insecure_registries == {"localhost:4566"}
    assert str(engine) == "podman 4.3.1 at unix:///run/podman/podman.sock"


def test_a_rootless_engine_is_found_in_the_runtime_folder(settings: CloudSettings) -> None:
    mine = replace(settings, runtime_dir="/run/user/1000")
    engine = find(mine, FakeClient(), "/run/user/1000/docker.sock")
    assert engine.socket == "/run/user/1000/docker.sock", "the server would mount another engine"


def test_the_users_choice_comes_before_every_socket(settings: CloudSettings) -> None:
    chosen = replace(settings, engine_host="unix:///somewhere/engine.sock")
    assert find(chosen, FakeClient(), DEFAULT_SOCKET).host == "unix:///somewhere/engine.sock"


@pytest.mark.parametrize("host", ["tcp://10.0.0.5:2375", "ssh://build@server.test"])
def test_an_engine_on_another_machine_is_refused(settings: CloudSettings, host: str) -> None:
    with pytest.raises(EngineError, match=r"an engine on this machine.*(\n.*)*--no-containers"):
        find(replace(settings, engine_host=host), FakeClient())


def test_a_context_that_does_not_exist_is_named(settings: CloudSettings) -> None:
    with pytest.raises(EngineError, match="DOCKER_CONTEXT=elsewhere"):
        find(replace(settings, engine_context="elsewhere"), FakeClient(), DEFAULT_SOCKET)


@pytest.mark.parametrize(
    ("programs", "advice"),
    [
        ((), "https://docs.docker.com/get-docker/"),
        (("docker",), "sudo systemctl start docker"),
        (("podman",), "podman.socket"),
    ],
)
def test_without_a_socket_it_says_what_to_install_or_start(
    settings: CloudSettings, programs: tuple[str, ...], advice: str
) -> None:
    with pytest.raises(EngineError) as refusal:
        find(settings, FakeClient(), programs=programs)
    assert advice in str(refusal.value)
    assert "--no-containers" in str(refusal.value), "the way without an engine is not told"


@pytest.mark.parametrize(
    ("failure", "advice"),
    [
        (UNREACHABLE, "start the container engine"),
        (
            requests.ConnectionError("PermissionError(13, 'Permission denied')"),
            "usermod -aG docker",
        ),
    ],
)
def test_a_socket_that_cannot_be_used_is_named_with_the_remedy(
    settings: CloudSettings, failure: Exception, advice: str
) -> None:
    with pytest.raises(EngineError, match=DEFAULT_SOCKET) as refusal:
        find(settings, FakeClient(failure=failure), DEFAULT_SOCKET)
    assert advice in str(refusal.value)


def test_a_chosen_socket_that_is_not_there_is_named(settings: CloudSettings) -> None:
    gone = FakeClient(failure=requests.ConnectionError("FileNotFoundError(2, 'No such file')"))
    with pytest.raises(
        EngineError, match=r"DOCKER_HOST says unix:///gone.sock. There is no socket"
    ):
        find(replace(settings, engine_host="unix:///gone.sock"), gone)


@pytest.mark.parametrize(
    ("host", "system", "platform", "inside"),
    [
        ("unix:///run/podman/podman.sock", "debian", "linux", "/run/podman/podman.sock"),
        ("unix:///home/me/.docker/desktop/docker.sock", "Docker Desktop", "linux", DEFAULT_SOCKET),
        ("unix:///Users/me/.docker/run/docker.sock", "Docker Desktop", "darwin", DEFAULT_SOCKET),
        ("unix:///Users/me/.colima/docker.sock", "Ubuntu", "darwin", DEFAULT_SOCKET),
    ],
)
def test_the_server_mounts_the_socket_by_the_path_that_the_engine_knows(
    host: str, system: str, platform: str, inside: str
) -> None:
    assert inner_socket(host, system, platform) == inside


def test_the_mounted_socket_can_be_named(settings: CloudSettings) -> None:
    mine = replace(settings, engine_socket="/vm/engine.sock")
    assert find(mine, FakeClient(), DEFAULT_SOCKET).socket == "/vm/engine.sock"
