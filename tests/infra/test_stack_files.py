"""The stacks' YAML files: the same keys, all usable."""

import copy
from ipaddress import IPv4Network
from itertools import combinations
from urllib.parse import urlsplit

import pytest

from infra.settings import LOOPBACK
from infra.stack_files import read_stack, stacks
from planning.plan import ROOT
from tests.support.configuration import keys_of
from tests.support.stacks import (
    NAMES,
    REFERENCE,
    config_of,
    own_plan,
    own_settings,
    settings_of,
)


class TestEveryStack:
    """What stands in the repository works as it is, but for the values marked as yours."""

    def test_the_tested_stacks_are_those_with_a_file(self) -> None:
        assert sorted(NAMES) == stacks(ROOT), "a stack's file is never planned by any test"

    @pytest.mark.parametrize("stack", NAMES)
    def test_has_the_keys_of_prod_in_the_same_order(self, stack: str) -> None:
        assert list(keys_of(read_stack(stack, ROOT))) == list(keys_of(read_stack("prod", ROOT))), (
            "a difference between stages would hide in a default"
        )

    @pytest.mark.parametrize("stack", NAMES)
    def test_is_planned_and_takes_nothing_that_the_provider_refuses(self, stack: str) -> None:
        found = [line for check in own_plan(stack).checks for line in check.found]
        assert not found, "make up would stop in the middle"

    @pytest.mark.parametrize("stack", NAMES)
    def test_has_a_reference_with_the_same_settings(self, stack: str) -> None:
        own, reference = (
            {key.split(".")[0] for key in keys_of(config)}
            for config in (read_stack(stack, ROOT), read_stack(stack, REFERENCE))
        )
        assert own == reference, "no rule of the new setting would be tested"

    @pytest.mark.parametrize("stack", ["staging", "prod"])
    def test_warns_of_the_examples_that_are_still_in_it(self, stack: str) -> None:
        placeholders = settings_of(stack).placeholders()
        assert {"account-id", "domain.name", "domain.zone-name", "domain.zone-id"} <= set(
            placeholders
        ), "somebody deploys to example.com and waits for a certificate that never comes"

    def test_ranges_do_not_overlap(self) -> None:
        ranges = {stack: IPv4Network(own_settings(stack).network.cidr) for stack in NAMES}
        pairs = [
            pair for pair in combinations(ranges, 2) if ranges[pair[0]].overlaps(ranges[pair[1]])
        ]
        assert not pairs, "these stacks could never be connected"

    def test_names_differ(self) -> None:
        prefixes = {own_settings(stack).prefix for stack in NAMES}
        assert len(prefixes) == len(NAMES), "two stacks would fight over log groups and vaults"

    def test_hosts_differ(self) -> None:
        hosts = [own_settings(stack).domain.name for stack in ("staging", "prod")]
        assert hosts == [""] * 2 or len(set(hosts)) == 2, (
            "the second stack would take the first one's address away"
        )

    def test_a_key_that_only_one_file_had_would_be_seen(self) -> None:
        config = copy.deepcopy(config_of("prod"))
        del config["waf"]["enabled"]
        assert list(keys_of(config)) != list(keys_of(config_of("prod"))), "the test cannot fail"


class TestTheEmulatedStack:
    """It has no account and must never reach one."""

    def test_speaks_only_with_this_machine(self) -> None:
        found = own_settings("emulated").aws_endpoints
        hosts = {urlsplit(address).hostname for address in found.values()}
        assert hosts <= LOOPBACK, "an emulated stack would send its calls elsewhere"
        assert "default" in found, "a service without an address would be AWS's own"
        assert own_settings("emulated").emulated, "make up would ask for credentials"

    def test_the_others_speak_with_aws(self) -> None:
        assert not any(own_settings(stack).emulated for stack in ("staging", "prod"))

    def test_is_not_emulated_when_one_address_is_elsewhere(self) -> None:
        endpoints = {"default": "http://127.0.0.1:4566", "s3": "https://s3.example.com"}
        changed = settings_of("emulated", {"aws-endpoints": endpoints})
        assert not changed.emulated, "credentials would not be checked for a real service"

    def test_its_provider_has_an_address_for_every_service_and_keys_that_mean_nothing(self) -> None:
        (provider,) = own_plan("emulated").recording.of_type("pulumi:providers:aws")
        assert '"backup": "http://127.0.0.1:4577"' in provider.inputs["endpoints"]
        assert '"ecs": "http://127.0.0.1:4566"' in provider.inputs["endpoints"]
        assert provider.inputs["accessKey"] == provider.inputs["secretKey"] == "test", (
            "the credentials of whoever runs it would be sent to the emulator"
        )

    def test_has_the_shape_of_prod(self) -> None:
        def shape(stack: str) -> set[str]:
            unlike = ("acm", "route53", "sesv2", "sns/topicSubscription", "vaultLock")
            types = {resource.type for resource in own_plan(stack).recording.custom}
            return {kind for kind in types if not any(word in kind for word in unlike)}

        assert shape("emulated") == shape("prod"), "what is tried here is not what prod will be"
