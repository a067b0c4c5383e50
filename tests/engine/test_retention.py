"""Thirty releases against the emulated AWS: the last ones stay whole, and so does what runs."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from emulated.access import Cloud
from emulated.settings import ACCOUNT, REGION
from release import phase, retention, rollout
from release.clients import Access, Clients
from release.ledger import Ledger
from tests.support.releases_table import create_releases_table

pytestmark = pytest.mark.engine

PREFIX, TABLE = "many-test", "many-test-releases"
RELEASES, KEPT = 30, 10
# Waiting is for AWS; what stands for it here takes a fraction of its time.
HASTE = 20.0


class HastyClock:
    """A clock that runs faster than this machine's."""

    def __init__(self) -> None:
        self._began, self._start = datetime.now(UTC), time.monotonic()

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._began + timedelta(seconds=(time.monotonic() - self._start) * HASTE)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds / HASTE)


class World:
    """A cluster with one service, a repository and the table of releases."""

    def __init__(self, clients: Clients, subnet: str, group: str) -> None:
        self.clients, self.subnet, self.group = clients, subnet, group
        clients.rds.create_db_instance(
            DBInstanceIdentifier=PREFIX,
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="dbowner",
            ManageMasterUserPassword=True,
            BackupRetentionPeriod=7,
        )
        create_releases_table(clients.dynamodb, TABLE)
        self.repository = clients.ecr.create_repository(repositoryName=PREFIX)["repository"]
        self.cluster = clients.ecs.create_cluster(clusterName=PREFIX)["cluster"]["clusterArn"]
        for process in ("web", "release"):
            clients.logs.create_log_group(logGroupName=f"/{PREFIX}/{process}")

    def push(self, number: int) -> str:
        """An image of its own; where it lies, by digest."""
        empty = {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2}
        manifest = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {**empty, "digest": f"sha256:{number:064x}"},
            "layers": [],
        }
        pushed = self.clients.ecr.put_image(
            repositoryName=PREFIX, imageManifest=json.dumps(manifest), imageTag=f"v{number}"
        )
        return f"{self.repository['repositoryUri']}@{pushed['image']['imageId']['imageDigest']}"

    def define(self, process: str, image: str) -> str:
        """A new revision that runs the image."""
        made = self.clients.ecs.register_task_definition(
            family=f"{PREFIX}-{process}",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": process, "image": image}],
        )
        return made["taskDefinition"]["taskDefinitionArn"]

    def serve(self, name: str, definition: str) -> None:
        """A service of one task."""
        self.clients.ecs.create_service(
            cluster=self.cluster,
            serviceName=f"{PREFIX}-{name}",
            taskDefinition=definition,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.group]}
            },
        )

    def release(self, number: int) -> None:
        """Push, release, roll out and let go, as an update does."""
        image = self.push(number)
        web, task = self.define("web", image), self.define("release", image)
        if number == 1:
            self.serve("web", web)
        clock = HastyClock()
        same: dict[str, Any] = {"image": image, "command": "release", "configuration": "c"}
        stack: dict[str, Any] = {"prefix": PREFIX, "table_name": TABLE, "cluster": self.cluster}
        phase.run(
            phase.PhaseRequest(
                **stack,
                **same,
                task_definition=task,
                subnet_ids=(self.subnet,),
                group_ids=(self.group,),
                log_group=f"/{PREFIX}/release",
                timeout_seconds=600,
                schema="s",
                database_identifier=PREFIX,
                snapshot=False,
                root=Path("/"),
            ),
            self.clients,
            print,
            clock,
        )
        service = rollout.WatchedService(
            process="web",
            service_name=f"{PREFIX}-web",
            task_definition=web,
            target_group_arn=None,
            log_group=f"/{PREFIX}/web",
            log_prefix="web",
            container="web",
        )
        rollout.watch(
            rollout.RolloutRequest(
                **stack,
                **same,
                services=(service,),
                timeout_seconds=1200,
                schema="s",
                one_off_task_definitions={"release": task},
                root=Path("/"),
            ),
            self.clients,
            print,
            clock,
        )
        self.expire()

    def expire(self) -> None:
        """Let go what only old releases need."""
        retention.expire(
            retention.RetentionRequest(
                prefix=PREFIX,
                table_name=TABLE,
                cluster=self.cluster,
                services=(f"{PREFIX}-web",),
                repository_name=PREFIX,
                registry_id=ACCOUNT,
                families=(f"{PREFIX}-web", f"{PREFIX}-release"),
                kept_releases=KEPT,
            ),
            self.clients,
            print,
        )

    def images(self) -> set[str]:
        """Tags in the repository."""
        pages = self.clients.ecr.get_paginator("describe_images").paginate(repositoryName=PREFIX)
        return {tag for page in pages for each in page["imageDetails"] for tag in each["imageTags"]}

    def revisions(self, family: str) -> set[int]:
        """Numbers of the family's active revisions."""
        pages = self.clients.ecs.get_paginator("list_task_definitions").paginate(
            familyPrefix=f"{PREFIX}-{family}", status="ACTIVE"
        )
        return {int(arn.rpartition(":")[2]) for page in pages for arn in page["taskDefinitionArns"]}


@pytest.fixture
def world(recorded_cloud: Cloud) -> World:
    endpoints = {"default": recorded_cloud.endpoint_url, **recorded_cloud.endpoint_overrides}
    ec2: Any = boto3.client(
        "ec2",
        endpoint_url=recorded_cloud.endpoint_url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.0.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName=PREFIX, Description=PREFIX, VpcId=vpc)["GroupId"]
    clients = Clients(Access(region=REGION, account_id=ACCOUNT, endpoints=endpoints))
    return World(clients, subnet, group)


def test_thirty_releases_leave_the_last_ten_and_what_an_old_task_runs(world: World) -> None:
    for number in range(1, RELEASES + 1):
        world.release(number)
        if number == 3:
            # Somebody works on a task of an old release while newer ones come and go.
            kept = world.clients.ecs.list_task_definitions(familyPrefix=f"{PREFIX}-web")
            held = kept["taskDefinitionArns"][2]
            world.serve("by-hand", held)
    last = set(range(RELEASES - KEPT + 1, RELEASES + 1))
    whole = {3, *last}
    assert world.revisions("web") == whole, "a rollback, or a running task, has no revision"
    assert world.revisions("release") == whole, "a release that is kept is kept in part"
    assert world.images() == {f"v{number}" for number in whole}, (
        "a task that is replaced does not find its image, or images are kept for ever"
    )
    records = Ledger(world.clients.dynamodb, TABLE, PREFIX).history()
    assert [record.number for record in records] == list(range(RELEASES, 0, -1))
    assert {record.number for record in records if not record.expired} == whole
    assert {record.verdict for record in records} == {"succeeded"}
