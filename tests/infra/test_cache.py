"""The cache: encrypted, asked for a token that only tasks know, reachable by nobody else."""

import json

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import plan, waits_for
from tests.support.tokens import (
    EGRESS,
    INGRESS,
    REPLICATION_GROUP,
    SECRET,
    SECRET_VERSION,
    SECURITY_GROUP,
    SUBNET,
)

CACHE, TOKEN, URL = (f"flaskapp-prod-cache{end}" for end in ("", "-token", "-url"))


def nodes(recording: Recording) -> Resource:
    return recording.only(REPLICATION_GROUP)


def kept(recording: Recording, name: str) -> str:
    return str(recording.named(name, SECRET_VERSION).inputs["secretString"])


class TestTheCache:
    """Sessions and other people's pages lie in it."""

    def test_is_encrypted_on_the_way_and_at_rest(self, prod: Recording) -> None:
        inputs = nodes(prod).inputs
        assert inputs["transitEncryptionEnabled"] is True, "the token goes over the wire in plain"
        assert inputs["atRestEncryptionEnabled"] is True
        assert ":key/" in inputs["kmsKeyId"]

    def test_lies_in_the_subnets_without_a_way_to_the_internet(self, prod: Recording) -> None:
        group = prod.only("aws:elasticache/subnetGroup:SubnetGroup")
        waited = {label for label in waits_for(prod, group) if label.startswith(SUBNET)}
        assert len(waited) == 3
        assert all("-database-" in label for label in waited), "it could be made to call out"

    def test_survives_a_zone_with_a_replica(self, prod: Recording, staging: Recording) -> None:
        inputs = nodes(prod).inputs
        assert inputs["numCacheClusters"] == 2
        assert inputs["automaticFailoverEnabled"] is inputs["multiAzEnabled"] is True
        assert not staging.of_type(REPLICATION_GROUP)

    def test_has_nothing_to_fail_over_to_without_one(self) -> None:
        changes = {"cache.replicas": 0, "safeguards.redundancy-required": False}
        inputs = nodes(plan(changes)).inputs
        assert inputs["numCacheClusters"] == 1
        assert inputs["automaticFailoverEnabled"] is inputs["multiAzEnabled"] is False, (
            "ElastiCache refuses failover with one node"
        )

    def test_is_of_the_size_and_version_that_are_set(self, tuned: Recording) -> None:
        inputs = nodes(tuned).inputs
        found = [inputs[key] for key in ("engine", "engineVersion", "nodeType")]
        assert found == ["valkey", "8.0", "cache.m7g.large"]
        assert (inputs["numCacheClusters"], inputs["snapshotRetentionLimit"]) == (3, 11)

    @pytest.mark.parametrize("tasks", ["service", "jobs"])
    def test_can_be_reached_by_tasks(self, prod: Recording, tasks: str) -> None:
        out, into = (
            prod.named(f"{CACHE}-{tasks}-out", EGRESS),
            prod.named(f"{CACHE}-{tasks}-in", INGRESS),
        )
        group = prod.named(CACHE, SECURITY_GROUP)
        assert f"{SECURITY_GROUP} {group.name}" in waits_for(prod, nodes(prod))
        for rule in (out, into):
            assert (rule.inputs["fromPort"], rule.inputs["toPort"]) == (6379, 6379)
            assert rule.inputs["description"]
        assert out.inputs["securityGroupId"] == into.inputs["referencedSecurityGroupId"]
        assert into.inputs["securityGroupId"] == out.inputs["referencedSecurityGroupId"]

    def test_can_be_reached_by_nobody_else_and_reaches_nobody(self, prod: Recording) -> None:
        own = prod.named(f"{CACHE}-jobs-in", INGRESS).inputs["securityGroupId"]
        inward = [each for each in prod.of_type(INGRESS) if each.inputs["securityGroupId"] == own]
        outward = [each for each in prod.of_type(EGRESS) if each.inputs["securityGroupId"] == own]
        assert {each.name for each in inward} == {f"{CACHE}-service-in", f"{CACHE}-jobs-in"}
        assert not outward, "it could be made to call out"


class TestItsToken:
    """Drawn once, kept once, the same in the cache and in the address that tasks get."""

    def test_is_long_and_of_letters_and_digits_alone(self, prod: Recording) -> None:
        token = kept(prod, TOKEN)
        assert len(token) == 48, "it can be guessed"
        assert token.isascii(), "ElastiCache refuses it"
        assert token.isalnum(), "ElastiCache refuses it, or the address has to escape it"

    def test_is_the_one_that_was_kept_first(self, prod: Recording) -> None:
        version = prod.named(TOKEN, SECRET_VERSION)
        assert "secretString" in version.ignore_changes, "each update changes the cache's token"
        assert nodes(prod).inputs["authToken"] == kept(prod, TOKEN)
        assert f"{SECRET_VERSION} {TOKEN}" in waits_for(prod, nodes(prod)), (
            "an update that was interrupted draws another one, which the cache does not know"
        )

    def test_is_in_the_address_that_tasks_get(self, prod: Recording) -> None:
        head, _, host = kept(prod, URL).partition("@")
        assert head == f"rediss://:{kept(prod, TOKEN)}", "connections are not encrypted"
        assert host.startswith("master."), "writes go to a replica, which refuses them"
        assert host.endswith(":6379/0")

    def test_is_secret_wherever_it_is(self, prod: Recording) -> None:
        assert "authToken" in nodes(prod).secret_inputs
        for name in (TOKEN, URL):
            assert "secretString" in prod.named(name, SECRET_VERSION).secret_inputs
        token = kept(prod, TOKEN)
        holders = {
            each.label
            for each in prod.custom
            if token in json.dumps(dict(each.inputs), default=str)
        }
        assert holders == {
            nodes(prod).label,
            f"{SECRET_VERSION} {TOKEN}",
            f"{SECRET_VERSION} {URL}",
        }, "it can be read in the console"
        assert token not in str(prod.outputs)

    def test_is_encrypted_with_the_stacks_key(self, prod: Recording) -> None:
        for name in (TOKEN, URL):
            assert ":key/" in prod.named(name, SECRET).inputs["kmsKeyId"]

    def test_stays_valid_for_running_tasks_when_it_is_changed(self, prod: Recording) -> None:
        assert nodes(prod).inputs["authTokenUpdateStrategy"] == "ROTATE"
        assert prod.named(URL, SECRET_VERSION).retain_on_delete, (
            "a task of the release before could not start again"
        )


def test_nothing_is_made_when_it_is_off(bare: Recording) -> None:
    assert not [each for each in bare.custom if "-cache" in each.name]
