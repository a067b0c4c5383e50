"""Stop takes everything of the cloud and nothing of anybody else."""

from __future__ import annotations

import pytest

from emulated.problems import CloudError
from emulated.removal import check_owner, our_containers, remove_all
from emulated.settings import CloudSettings
from tests.emulated.fake_engine import FakeClient, engine_with, running_cloud


@pytest.fixture
def client(settings: CloudSettings) -> FakeClient:
    client = FakeClient()
    client.containers.add("somebody", Labels={"app": "web"})
    client.containers.add("trial-database")
    client.containers.add("other-ecs", Labels={"other": "ecs"})
    client.volumes.add("data")
    client.volumes.add("trials")
    client.networks.add("bridge")
    running_cloud(client, settings.name, str(settings.folder))
    return client


def test_everything_of_the_cloud_goes(client: FakeClient, settings: CloudSettings) -> None:
    removed = remove_all(engine_with(client), settings)
    assert (removed.containers, removed.volumes, removed.networks) == (5, 1, 1)
    assert str(removed) == "5 containers, 1 volume, 1 network"
    assert not our_containers(engine_with(client), settings)


def test_nothing_of_anybody_else_goes(client: FakeClient, settings: CloudSettings) -> None:
    remove_all(engine_with(client), settings)
    left = [t.name for s in (client.containers, client.volumes, client.networks) for t in s.things]
    assert left == ["somebody", "trial-database", "other-ecs", "data", "trials", "bridge"]


def test_servers_go_before_the_tasks_that_they_would_replace(
    client: FakeClient, settings: CloudSettings
) -> None:
    names = [c.name for c in our_containers(engine_with(client), settings)]
    assert names[:3] == ["trial-aws", "trial-moto", "trial-credentials"]


def test_removing_nothing_is_no_problem(settings: CloudSettings) -> None:
    assert not remove_all(engine_with(FakeClient()), settings)


def test_what_the_engine_keeps_is_named(client: FakeClient, settings: CloudSettings) -> None:
    client.volumes.get("trial-rds-page-data").stubborn = True
    with pytest.raises(CloudError, match="did not remove trial-rds-page-data"):
        remove_all(engine_with(client), settings)


def test_a_network_with_a_strange_container_in_it_stays(
    client: FakeClient, settings: CloudSettings
) -> None:
    client.networks.get("trial").attrs["Containers"] = {"id": {"Name": "debugger"}}
    with pytest.raises(CloudError, match=r"trial \(which holds debugger\)"):
        remove_all(engine_with(client), settings)
    assert client.networks.get("trial"), "podman would leave its rules behind"


def test_the_cloud_of_another_folder_is_not_touched(settings: CloudSettings) -> None:
    client = FakeClient()
    running_cloud(client, settings.name, "/home/me/other")
    with pytest.raises(CloudError, match="was started from /home/me/other"):
        check_owner(engine_with(client), settings)
