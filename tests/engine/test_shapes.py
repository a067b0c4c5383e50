"""The stacks of staging and prod, made, changed and destroyed by the real engine."""

import pytest

from tests.engine.running import Stack

pytestmark = pytest.mark.engine

SHAPES = pytest.mark.parametrize("stack", ["staging", "prod"], indirect=True)
UNPROTECTED = {
    "safeguards.protect": False,
    "database.deletion-protection": False,
    "balancer.deletion-protection": False,
    "registry.force-delete": True,
    "backup.vault-lock": False,
}


@SHAPES
def test_a_stack_comes_up_stays_as_it_is_changes_alone_and_goes(stack: Stack) -> None:
    assert {step.operation for step in stack.preview()} == {"create"}
    stack.up()
    outputs = stack.outputs()
    assert outputs["address"] == "https://www.example.net/"
    assert not stack.preview(), "a second preview must show no change"

    assert not stack.refresh(), "what AWS answers must be what was asked for"

    stack.change({"balancer.drain-seconds": 17})
    changed = stack.preview()
    assert [(step.operation, step.type) for step in changed] == [
        ("update", "aws:lb/targetGroup:TargetGroup")
    ], "one changed setting must show its own change and nothing else"
    stack.up()
    group = stack.client("elbv2").describe_target_group_attributes(
        TargetGroupArn=outputs["target_group_arn"]
    )
    attributes = {each["Key"]: each["Value"] for each in group["Attributes"]}
    assert attributes["deregistration_delay.timeout_seconds"] == "17"

    _destroy(stack)


# What neither staging nor prod uses: settings that lead to other resources or arguments.
OTHER_WAYS = {
    "network.egress": "none",
    "keys.customer-managed": False,
    "service.exec-enabled": True,
    "database.monitoring-interval-seconds": 0,
    "database.performance-insights": False,
    "database.log-exports": [],
    "backup.continuous-days": 0,
    "waf.enabled": True,
    "notifications.emails": ["failures@example.net"],
    "autoscaling.schedule": [
        {
            "name": "night",
            "cron": "cron(0 22 * * ? *)",
            "timezone": "Europe/Berlin",
            "min-tasks": 1,
            "max-tasks": 1,
        }
    ],
}


@pytest.mark.long
@pytest.mark.parametrize("stack", ["staging"], indirect=True)
def test_the_ways_that_no_stack_of_ours_goes_come_up_too(stack: Stack) -> None:
    stack.change(OTHER_WAYS)
    stack.up()
    assert not stack.preview(), "a second preview must show no change"
    assert stack.destroy().returncode == 0


@pytest.mark.parametrize("stack", ["staging"], indirect=True)
def test_wrong_settings_are_told_without_a_traceback(stack: Stack) -> None:
    stack.change({"waf.enabled": "yes", "backup.continuous-days": 60})
    done = stack.try_run(*stack.of_stack("preview"))
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "waf.enabled" in said, "the engine must show each problem"
    assert "backup.continuous-days" in said, "the engine must show each problem"
    assert "Traceback" not in said, "a person's mistake is not the program's"


def _destroy(stack: Stack) -> None:
    if stack.name == "prod":
        refused = stack.destroy()
        assert refused.returncode != 0, "a protected stack must not be destroyed"
        assert "protect" in refused.stdout + refused.stderr
        stack.change(UNPROTECTED)
        stack.up()
    done = stack.destroy()
    assert done.returncode == 0, done.stdout[-4000:]
    left = _left(stack)
    kept = {"log groups", "final snapshots"} if stack.name == "prod" else set()
    assert {what for what, found in left.items() if found} == kept, left


def _left(stack: Stack) -> dict[str, list[str]]:
    """What still exists in the account, by kind."""
    prefix = f"flaskapp-{stack.name}"
    ec2, rds, logs = stack.client("ec2"), stack.client("rds"), stack.client("logs")
    vpcs = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [prefix]}])["Vpcs"]
    addresses = ec2.describe_addresses()["Addresses"]
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    images = stack.client("ecr").describe_repositories()["repositories"]
    roles = stack.client("iam").list_roles()["Roles"]
    secrets = stack.client("secretsmanager").list_secrets()["SecretList"]
    vaults = stack.client("backup").list_backup_vaults()["BackupVaultList"]
    balancers = stack.client("elbv2").describe_load_balancers()["LoadBalancers"]
    found = {
        "networks": [each["VpcId"] for each in vpcs],
        "addresses": [each["PublicIp"] for each in addresses],
        "databases": [
            each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]
        ],
        "final snapshots": [
            each["DBSnapshotIdentifier"]
            for each in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        ],
        "log groups": groups,
        "repositories": [each["repositoryName"] for each in images],
        "roles": [each["RoleName"] for each in roles],
        "secrets": [each["Name"] for each in secrets],
        "vaults": [each["BackupVaultName"] for each in vaults],
        "buckets": [each["Name"] for each in stack.client("s3").list_buckets()["Buckets"]],
        "balancers": [each["LoadBalancerName"] for each in balancers],
    }
    return {
        what: [name for name in names if prefix in name or what in ("networks", "addresses")]
        for what, names in found.items()
    }
