"""What the cloud's own containers are given."""

from __future__ import annotations

from dataclasses import replace

from emulated.server.settings import read_settings as read_server_settings
from emulated.servers import server_environment, servers, start_server
from emulated.settings import LABEL, CloudSettings
from tests.emulated.fake_engine import FakeClient, engine_with


def test_every_port_is_published_at_this_machine_alone(settings: CloudSettings) -> None:
    client = FakeClient()
    engine, mine = engine_with(client), replace(settings, https_port=443)
    for server in servers(engine, mine):
        start_server(engine, mine, "image", server)
    bindings = [
        b for made in client.api.made for b in made["host_config"]["port_bindings"].values()
    ]
    assert sorted(bindings) == [("127.0.0.1", 443), ("127.0.0.1", 14566), ("127.0.0.1", 14577)]


def test_only_the_server_that_needs_it_gets_the_engine(settings: CloudSettings) -> None:
    engine = engine_with(FakeClient())
    holders = [s.role for s in servers(engine, settings) if s.binds]
    assert holders == ["aws"], "who has the socket is root on this machine"


def test_every_container_carries_the_label_by_which_stop_finds_it(settings: CloudSettings) -> None:
    client = FakeClient()
    engine = engine_with(client)
    for server in servers(engine, settings):
        start_server(engine, settings, "image", server)
    assert {made["labels"][LABEL] for made in client.api.made} == {settings.name}


def test_the_server_understands_every_variable_that_it_is_given(settings: CloudSettings) -> None:
    mine = replace(settings, server_environment=(("EMULATED_TASK_CPU_LIMIT", "false"),))
    environment = server_environment(mine)
    told = read_server_settings(environment)
    assert (told.aws_port, told.moto_port) == (14566, 14577)
    assert told.registry_host == "localhost:14566"
    assert told.network == told.name_prefix == "trial"
    assert not told.task_cpu_limit
    known = {f"EMULATED_{name.upper()}" for name in told.__dataclass_fields__}
    unknown = {n for n in environment if n.startswith("EMULATED_")} - known
    assert not unknown, f"the server ignores {unknown}"
