"""A stack in a mocked AWS, as an update of the program leaves it: staging after three releases."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from infra.naming import (
    GATES_PARTITION,
    PARTITION_KEY,
    ROLLBACK_NOTICE,
    ROLLOUT_GATE,
    SORT_KEY,
    outputs_parameter,
)
from ops.outputs import Outputs
from release.ledger import Ledger
from release.record import PhaseResult, Record, RestorePoint
from tests.ops import frozen_cloud
from tests.ops.calls import make_client
from tests.support.releases_table import create_releases_table

REGION = "us-east-1"
# The account that moto takes for everybody's.
ACCOUNT = "123456789012"
PREFIX = "flaskapp-staging"
CLUSTER = PREFIX
DOMAIN = "staging.example.com"
# What runs; `web` stands behind the balancer.
PROCESSES = ("schedule", "web", "worker")
FAMILIES = ("release", "console", *PROCESSES)
# Revisions of each task definition, one a release.
RELEASES = 3
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{PREFIX}"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@cache
def client(service: str) -> Any:
    """A test's own client of a service; what it asks is not noted as a verb's call."""
    return make_client(service, REGION)


def image(number: int) -> str:
    """The image of a release, by digest."""
    return f"{REGISTRY}@sha256:{number:064x}"


def definition_arn(process: str, number: int) -> str:
    """The revision of a process's task definition that a release made."""
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{PREFIX}-{process}:{number}"


@dataclass
class Stack:
    """What was made, and how a test changes it."""

    outputs: Outputs
    subnet_ids: list[str]
    group_id: str
    services: Mapping[str, str]
    records: list[Record]

    @property
    def ecs(self) -> Any:
        """Tasks and services."""
        return client("ecs")

    @property
    def logs(self) -> Any:
        """What tasks print."""
        return client("logs")

    @property
    def ssm(self) -> Any:
        """The published outputs."""
        return client("ssm")

    @property
    def elbv2(self) -> Any:
        """The balancer."""
        return client("elbv2")

    @property
    def dynamodb(self) -> Any:
        """The table of releases."""
        return client("dynamodb")

    @property
    def ledger(self) -> Ledger:
        """Its releases."""
        return Ledger(self.dynamodb, self.outputs.releases_table_name, PREFIX)

    def start_task(self, process: str, number: int = RELEASES) -> str:
        """A task of a process's service, running; its ARN."""
        answer = self.ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=definition_arn(process, number),
            group=f"service:{self.services[process]}",
            launchType="FARGATE",
            networkConfiguration=self.network,
        )
        return str(answer["tasks"][0]["taskArn"])

    def say(
        self, process: str, line: str, task: str = "0" * 32, at: datetime | None = None
    ) -> None:
        """A line in the log of a process's task, of now: AWS takes none that is two weeks old."""
        group = self.outputs.log_group_names[process]
        stream = f"{process}/{process}/{task}"
        if not self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=stream)[
            "logStreams"
        ]:
            self.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        self.logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[
                {"timestamp": int((at or datetime.now(UTC)).timestamp() * 1000), "message": line}
            ],
        )

    def publish(self, **changes: Any) -> None:
        """Publish the outputs with some changed."""
        self.outputs = dataclasses.replace(self.outputs, **changes)
        self.ssm.put_parameter(
            Name=outputs_parameter(PREFIX),
            Value=json.dumps(dataclasses.asdict(self.outputs)),
            Type="String",
            Overwrite=True,
        )

    @property
    def network(self) -> dict[str, Any]:
        """Where its tasks run."""
        return {
            "awsvpcConfiguration": {
                "subnets": self.subnet_ids,
                "securityGroups": [self.group_id],
                "assignPublicIp": "DISABLED",
            }
        }


def build() -> Stack:
    """The stack in the mocked AWS at hand, which must be empty."""
    if _Built.stack is None or _Built.cloud is None:
        _Built.stack = _build()
        _Built.cloud = frozen_cloud.freeze()
    else:
        _Built.cloud.thaw()
    made = _Built.stack
    stack = dataclasses.replace(made, records=list(made.records))
    stack.publish()
    return stack


class _Built:
    """What the first test made, for all others."""

    stack: Stack | None = None
    cloud: frozen_cloud.FrozenCloud | None = None


def _build() -> Stack:
    network = _network()
    balancer = _balancer(*network)
    services = _services(*network[1:], balancer["target_group_arn"])
    table = _table()
    groups = _log_groups()
    outputs = _outputs(network, balancer, services, groups, table)
    stack = Stack(outputs, network[1], network[2], services, [])
    for number in range(1, RELEASES + 1):
        stack.records.append(stack.ledger.open(_record(number)))
    return stack


def _network() -> tuple[str, list[str], str]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{n}.0/24", AvailabilityZone=f"{REGION}{z}")[
            "Subnet"
        ]["SubnetId"]
        for n, z in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="jobs", Description="jobs", VpcId=vpc)["GroupId"]
    return vpc, subnets, group


def _balancer(vpc: str, subnets: list[str], group: str) -> dict[str, str]:
    elbv2 = client("elbv2")
    made = elbv2.create_load_balancer(Name=f"{PREFIX}-web", Subnets=subnets, SecurityGroups=[group])
    balancer = made["LoadBalancers"][0]
    target = elbv2.create_target_group(
        Name=f"{PREFIX}-web", Protocol="HTTP", Port=8000, VpcId=vpc, TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    pause = elbv2.create_target_group(Name=f"{PREFIX}-pause", TargetType="lambda")
    listener = elbv2.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )["Listeners"][0]["ListenerArn"]
    return {
        "balancer_arn": balancer["LoadBalancerArn"],
        "balancer_dns_name": balancer["DNSName"],
        "listener_arn": listener,
        "target_group_arn": target,
        "maintenance_target_group_arn": pause["TargetGroups"][0]["TargetGroupArn"],
    }


def _services(subnets: list[str], group: str, target_group_arn: str) -> dict[str, str]:
    ecs = client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    for number in range(1, RELEASES + 1):
        for process in FAMILIES:
            ecs.register_task_definition(
                family=f"{PREFIX}-{process}",
                networkMode="awsvpc",
                requiresCompatibilities=["FARGATE"],
                cpu="256",
                memory="512",
                executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
                taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{process}",
                containerDefinitions=[_container(process, number)],
            )
    made = {}
    for process in PROCESSES:
        behind = {"targetGroupArn": target_group_arn, "containerName": "web", "containerPort": 8000}
        answer = ecs.create_service(
            cluster=CLUSTER,
            serviceName=f"{PREFIX}-{process}",
            taskDefinition=definition_arn(process, RELEASES),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={
                "awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group]}
            },
            loadBalancers=[behind] if process == "web" else [],
        )
        made[process] = str(answer["service"]["serviceName"])
    return made


def _container(process: str, number: int) -> dict[str, Any]:
    return {
        "name": process,
        "image": image(number),
        "command": ["python", "-m", "app", process],
        "environment": [{"name": "APP_ENV", "value": "staging"}],
        "portMappings": [{"containerPort": 8000}] if process == "web" else [],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": f"/{PREFIX}/{process}",
                "awslogs-region": REGION,
                "awslogs-stream-prefix": process,
            },
        },
    }


def _table() -> str:
    name = f"{PREFIX}-releases"
    create_releases_table(client("dynamodb"), name)
    # What the program keeps there: the rollout's gate, and what it reads of a rollback.
    passes = {"passes": {"M": {each: {"S": "a revision"} for each in PROCESSES}}}
    for number, more in ((ROLLOUT_GATE, passes), (ROLLBACK_NOTICE, {})):
        keys = {PARTITION_KEY: {"S": GATES_PARTITION}, SORT_KEY: {"N": str(number)}}
        client("dynamodb").put_item(TableName=name, Item={**keys, **more})
    return name


def _log_groups() -> dict[str, str]:
    logs = client("logs")
    groups = {name: f"/{PREFIX}/{name}" for name in ("release", *PROCESSES, "exec", "flow")}
    for group in groups.values():
        logs.create_log_group(logGroupName=group)
    return groups


def _record(number: int) -> Record:
    began = NOW - timedelta(days=RELEASES - number, minutes=30)
    return Record(
        verdict="succeeded",
        image=image(number),
        configuration=f"{number:016x}",
        # The third release brought a migration.
        schema="b" * 16 if number == RELEASES else "a" * 16,
        command="flask deploy",
        commit=f"{number:040x}",
        author="Ada",
        dirty=False,
        deployed_by=f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/ada",
        started_at=began,
        ended_at=began + timedelta(minutes=3),
        phase=PhaseResult(exit_code=0, outcome="succeeded", attempt=1),
        restore_point=RestorePoint(time=began, snapshot_id=None),
        task_definitions={process: definition_arn(process, number) for process in FAMILIES},
    )


def _outputs(
    network: tuple[str, list[str], str],
    balancer: Mapping[str, str],
    services: Mapping[str, str],
    groups: Mapping[str, str],
    table: str,
) -> Outputs:
    queues = _queues()
    return Outputs(
        **balancer,
        prefix=PREFIX,
        account_id=ACCOUNT,
        region=REGION,
        protected=False,
        address=f"https://{DOMAIN}/",
        domain_names=(DOMAIN,),
        zone_id="Z0123456789EXAMPLE",
        cluster_name=CLUSTER,
        service_names=dict(services),
        task_definition_arns={process: definition_arn(process, RELEASES) for process in FAMILIES},
        image=image(RELEASES),
        releases_table_name=table,
        log_group_names=dict(groups),
        database_endpoint="database.example.internal",
        database_port=5433,
        database_name="app",
        database_user="app",
        database_identifier=PREFIX,
        database_secret_arn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-x",
        queue_urls={"worker": queues[""]},
        queue_names={"worker": f"{PREFIX}-worker"},
        dead_letter_urls={"worker": queues["-dead"]},
        dead_letter_names={"worker": f"{PREFIX}-worker-dead"},
        repository_url=REGISTRY,
        vault_name=f"{PREFIX}-vault",
        backup_plan_id="plan",
        topic_arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}",
        maintenance_function_name=f"{PREFIX}-maintenance",
        vpc_id=network[0],
        private_subnet_ids=tuple(network[1]),
        service_group_id=network[2],
        jobs_group_id=network[2],
    )


def _queues() -> dict[str, str]:
    """Address of the worker's queue, and under `-dead` of the one of its dead letters."""
    return {
        role: client("sqs").create_queue(QueueName=f"{PREFIX}-worker{role}")["QueueUrl"]
        for role in ("", "-dead")
    }
