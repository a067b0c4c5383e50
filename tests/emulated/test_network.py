"""The network at which tasks find their credentials."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from emulated import network
from emulated.problems import CloudError
from emulated.settings import FOLDER_LABEL, LABEL, CloudSettings
from tests.emulated.fake_engine import FakeClient, engine_with

IPAM = {"Config": [{"Subnet": "169.254.170.0/24"}]}


def test_every_fixed_address_lies_in_the_network() -> None:
    addresses = (
        network.ENGINE_ADDRESS,
        network.CREDENTIALS_ADDRESS,
        network.AWS_ADDRESS,
        network.MOTO_ADDRESS,
    )
    assert len(set(addresses)) == 4
    assert all(ip_address(a) in ip_network(network.SUBNET) for a in addresses)


def test_tasks_find_credentials_where_sdks_look() -> None:
    assert network.CREDENTIALS_ADDRESS == "169.254.170.2", "AWS SDKs accept only this address"


def test_a_network_of_another_folder_is_named_with_that_folder(settings: CloudSettings) -> None:
    client = FakeClient()
    client.networks.add("first", Labels={LABEL: "first", FOLDER_LABEL: "/home/me/first"}, IPAM=IPAM)
    with pytest.raises(CloudError, match=r"network first.*stop` in /home/me/first frees it"):
        network.check_network(engine_with(client), settings)


def test_a_network_of_a_stranger_is_named_with_how_to_remove_it(settings: CloudSettings) -> None:
    client = FakeClient()
    client.networks.add("credentials_network", IPAM=IPAM)
    with pytest.raises(CloudError, match="docker network rm credentials_network"):
        network.check_network(engine_with(client), settings)


def test_other_networks_and_our_own_are_no_hindrance(settings: CloudSettings) -> None:
    client = FakeClient()
    client.networks.add("bridge", IPAM={"Config": [{"Subnet": "172.17.0.0/16"}]})
    client.networks.add("six", IPAM={"Config": [{"Subnet": "fe80::/64"}]})
    client.networks.add("none", IPAM={"Config": None})
    client.networks.add("trial", Labels={LABEL: settings.name}, IPAM=IPAM)
    network.check_network(engine_with(client), settings)


def test_the_network_carries_the_labels_by_which_stop_finds_it(settings: CloudSettings) -> None:
    client = FakeClient()
    network.create_network(engine_with(client), settings)
    assert client.networks.get("trial").labels == {
        LABEL: "trial",
        FOLDER_LABEL: str(settings.folder),
    }
