"""What would be lost with its data is the same resource for ever.

A resource is known by its URN (component types, type, name). Under another one it is deleted and
made anew, unless an alias says that it is the same.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import plan
from tests.support.stacks import NAMES
from tests.support.tokens import (
    BUCKET,
    INSTANCE,
    KEY,
    LOG_GROUP,
    QUEUE,
    REPOSITORY,
    SECRET,
    SUBNET,
    TABLE,
    VAULT,
    VPC,
)

GOLDEN = Path(__file__).parent / "golden"
# Type -> arguments whose change replaces the resource, as far as they are known while planning.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    VPC: ("cidrBlock",),
    SUBNET: ("availabilityZone", "cidrBlock"),
    INSTANCE: ("identifier", "engine", "dbName", "username", "storageEncrypted"),
    "aws:rds/subnetGroup:SubnetGroup": (),
    VAULT: ("name",),
    KEY: (),
    "aws:kms/alias:Alias": ("name",),
    SECRET: (),
    REPOSITORY: ("name",),
    TABLE: ("hashKey", "name", "rangeKey"),
    BUCKET: (),
    LOG_GROUP: ("name",),
    "aws:sns/topic:Topic": (),
    "aws:ec2/eip:Eip": (),
    "aws:lb/loadBalancer:LoadBalancer": (),
    "aws:ecs/cluster:Cluster": ("name",),
    QUEUE: (),
}
ADVICE = (
    "is no longer the same resource: AWS would delete it, with all it holds, and make an empty "
    "one. Give it an alias of its old name (pulumi.Alias), or, where the loss is meant, change "
    "tests/infra/golden/{stack}.json in the same commit and say so in CHANGELOG.md"
)


def identity(recording: Recording) -> dict[str, dict[str, Any]]:
    """Identifying arguments of every stateful resource, by the URN without stack and project."""
    return {
        _short(resource): {key: resource.inputs[key] for key in IDENTITY[resource.type]}
        for resource in recording.custom
        if resource.type in IDENTITY
    }


def _short(resource: Resource) -> str:
    return "::".join(resource.urn.split("::")[2:])


def golden(stack: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((GOLDEN / f"{stack}.json").read_text())
    return found


def replaced(stack: str, recording: Recording) -> list[str]:
    """One line per resource that is not what the committed list says."""
    now, before = identity(recording), golden(stack)
    return [
        f"{urn} {before[urn]} -> {now.get(urn, 'gone')} {ADVICE.format(stack=stack)}"
        for urn in before
        if now.get(urn) != before[urn]
    ]


class TestWhatHoldsData:
    """The committed list is the promise; a change of it is a decision that a review sees."""

    @pytest.mark.parametrize("stack", NAMES)
    def test_is_still_the_same_resource(self, stack: str) -> None:
        found = replaced(stack, plan(stack=stack))
        assert not found, "\n".join(found)

    @pytest.mark.parametrize("stack", NAMES)
    def test_is_on_the_list(self, stack: str) -> None:
        new = set(identity(plan(stack=stack))) - set(golden(stack))
        assert not new, f"add these to tests/infra/golden/{stack}.json, so that they stay: {new}"

    @pytest.mark.parametrize("stack", NAMES)
    def test_includes_each_kind_there_is(self, stack: str) -> None:
        kinds = {urn.split("::")[0].rpartition("$")[2] for urn in golden(stack)}
        assert kinds == set(IDENTITY), "a kind of stateful resource is watched by nobody"

    def test_a_zone_that_is_appended_replaces_nothing(self) -> None:
        zones = ["us-east-1a", "us-east-1b", "us-east-1d"]
        changed = plan({"network.zones": zones}, stack="staging")
        found = replaced("staging", changed)
        assert not found, "\n".join(found)
        assert set(identity(changed)) > set(golden("staging")), "the zone is not there at all"

    def test_zones_in_another_order_replace_no_subnet(self) -> None:
        zones = ["us-east-1c", "us-east-1b", "us-east-1a"]
        found = replaced("prod", plan({"network.zones": zones}))
        assert not found, "\n".join(found)

    @pytest.mark.parametrize(
        ("changes", "lost"),
        [
            ({"network.cidr": "10.99.0.0/16"}, "ec2/vpc:Vpc"),
            ({"database.name": "other"}, "rds/instance:Instance"),
            ({"app-name": "shop"}, "backup/vault:Vault"),
        ],
        ids=["range", "database", "prefix"],
    )
    def test_a_replacement_would_be_seen(self, changes: dict[str, str], lost: str) -> None:
        found = "\n".join(replaced("staging", plan(changes, stack="staging")))
        assert lost in found, "the list cannot fail"
        assert "golden/staging.json" in found, "nobody learns what to do"
