"""What a destroy deletes, what stays, and what would stop it, read from the state."""

from typing import Any

import pytest

from deploy.state import counted, held_resources, kept, still_protected


def entry(token: str, name: str = "x", **more: Any) -> dict[str, Any]:
    urn = f"urn:pulumi:prod::flask-fargate::a:b:C${token}::{name}"
    return {"urn": urn, "type": token, "custom": True, "id": f"{name}-id", "inputs": {}, **more}


def held(*entries: dict[str, Any]) -> Any:
    return held_resources({"deployment": {"resources": list(entries)}})


DATABASE = "aws:rds/instance:Instance"


def test_components_providers_and_the_stack_itself_do_not_count() -> None:
    component = entry("flask-fargate:database:Database", custom=False)
    resources = held(
        entry("pulumi:pulumi:Stack", custom=False),
        entry("pulumi:providers:aws"),
        component,
        entry(DATABASE, "db"),
    )
    assert [resource.name for resource in resources] == ["db"]


def test_a_state_without_resources_holds_nothing() -> None:
    assert held_resources({"deployment": None}) == held_resources({}) == []


def test_resources_are_counted_by_type_with_the_most_frequent_first() -> None:
    subnet = "aws:ec2/subnet:Subnet"
    assert counted(held(entry(DATABASE), entry(subnet), entry(subnet))) == [
        "2 x ec2 subnet",
        "1 x rds instance",
    ]


@pytest.mark.parametrize(
    ("token", "given", "stays"),
    [
        (DATABASE, {"finalSnapshotIdentifier": "s"}, ["rds instance x-id: final snapshot s"]),
        (DATABASE, {"skipFinalSnapshot": True}, []),
        (
            DATABASE,
            {
                "skipFinalSnapshot": True,
                "deleteAutomatedBackups": False,
                "backupRetentionPeriod": 35,
            },
            ["rds instance x-id: automated backups, for 35 days"],
        ),
        (
            "aws:kms/key:Key",
            {"deletionWindowInDays": 7},
            ["kms key x-id: deleted after 7 days, can be restored until then"],
        ),
        ("aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 0}, []),
        (
            "aws:secretsmanager/secret:Secret",
            {},
            ["secretsmanager secret x-id: deleted after 30 days, can be restored until then"],
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"skipDestroy": True},
            ["cloudwatch logGroup x-id: stays in AWS as it is"],
        ),
        ("aws:cloudwatch/logGroup:LogGroup", {}, []),
    ],
)
def test_what_stays_is_said_with_how_long(token: str, given: object, stays: list[str]) -> None:
    assert kept(held(entry(token, inputs=given))) == stays


def test_what_pulumi_retains_stays_in_aws_but_an_image_of_this_machine_is_no_concern() -> None:
    vpc = entry("aws:ec2/vpc:Vpc", retainOnDelete=True)
    image = entry("docker:index/image:Image", retainOnDelete=True)
    assert kept(held(vpc, image)) == ["ec2 vpc x-id: stays in AWS as it is"]


@pytest.mark.parametrize(
    ("token", "stops", "lets"),
    [
        (DATABASE, {"deletionProtection": True}, {}),
        ("aws:lb/loadBalancer:LoadBalancer", {"enableDeletionProtection": True}, {}),
        ("aws:ecr/repository:Repository", {}, {"forceDelete": True}),
        ("aws:backup/vault:Vault", {"forceDestroy": False}, {"forceDestroy": True}),
        ("aws:s3/bucket:Bucket", {}, {"forceDestroy": True}),
    ],
)
def test_what_was_last_applied_decides_whether_aws_lets_go(
    token: str, stops: object, lets: object
) -> None:
    assert still_protected(held(entry(token, inputs=stops))), "destroy would fail half way"
    assert still_protected(held(entry(token, inputs=lets))) == []


def test_pulumis_own_protection_is_seen_too() -> None:
    (line,) = still_protected(held(entry("aws:ec2/vpc:Vpc", "net", protect=True)))
    assert line == "ec2 vpc net: protected by Pulumi"
