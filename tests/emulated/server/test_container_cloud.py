"""The emulated AWS with containers: tasks, balancers and databases that really run."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import docker
import pytest

from emulated import cloud
from emulated.access import Cloud
from emulated.problems import EngineError
from emulated.settings import CloudSettings, read_settings
from tests.emulated.server.conftest import wait_for

pytestmark = pytest.mark.containers
BASE_IMAGE = "docker.io/library/python:3.13-slim"
QUICK = {"Delay": 1, "MaxAttempts": 90}
# Answers with its version two seconds after it was started; /livez says what it is told to say.
PAGE = """
import http.server, signal, threading, time
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response({status} if self.path == "/livez" else 200)
        self.send_header("content-length", str(len({version!r})))
        self.end_headers()
        self.wfile.write({version!r}.encode())
    def log_message(self, *_): pass
time.sleep(2)
server = http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Page)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
"""
# What a task sees: its user, its secret, a read-only root, the credentials of its role.
LOOK_AROUND = """
import json, os, urllib.request
path = os.environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
role = json.load(urllib.request.urlopen("http://169.254.170.2" + path))["RoleArn"]
try:
    open("/written", "w")
except OSError as problem:
    refused = problem.strerror
open("/tmp/written", "w").close()
print(json.dumps([os.getuid(), os.environ["PASSWORD"], refused, role]))
raise SystemExit(3)
"""


@dataclass(frozen=True)
class Stage:
    """A running cloud with what every test of it needs."""

    cloud: Cloud
    settings: CloudSettings
    image: str = ""
    subnets: list[str] = field(default_factory=list)
    vpc: str = ""
    role: str = ""
    secret: str = ""

    def client(self, service: str) -> Any:
        """An SDK client."""
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint_overrides.get(service, self.cloud.endpoint_url),
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @property
    def network(self) -> dict[str, Any]:
        """The network of a task."""
        return {"awsvpcConfiguration": {"subnets": self.subnets}}

    def register(self, family: str, program: str) -> str:
        """A task definition that runs a Python program as it would on Fargate."""
        names = {"group": "/app", "region": "us-east-1", "stream-prefix": "p"}
        logs = {f"awslogs-{name}": value for name, value in names.items()}
        container = {
            "name": "web",
            "image": self.image,
            "essential": True,
            "user": "10001",
            "readonlyRootFilesystem": True,
            "stopTimeout": 5,
            "command": ["python", "-u", "-c", program],
            "portMappings": [{"containerPort": 8000}],
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}],
            "secrets": [{"name": "PASSWORD", "valueFrom": f"{self.secret}:password::"}],
            "logConfiguration": {"logDriver": "awslogs", "options": logs},
        }
        definition = self.client("ecs").register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="512",
            memory="512",
            taskRoleArn=self.role,
            volumes=[{"name": "tmp"}],
            containerDefinitions=[container],
        )
        return str(definition["taskDefinition"]["taskDefinitionArn"])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A cloud of its own name; its ports are those of the environment."""
    folder: Path = tmp_path_factory.mktemp("cloud")
    settings = replace(read_settings(os.environ), name=f"server-test-{os.getpid()}", folder=folder)
    try:
        started = cloud.start(containers=True, settings=settings)
    except EngineError as problem:
        pytest.skip(f"left out: {problem}")
    try:
        yield furnished(Stage(started, settings))
    finally:
        cloud.stop(settings=settings)


def furnished(stage: Stage) -> Stage:
    """The stage with a network, a role, a secret and an image that was really pushed."""
    ec2 = stage.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"]
    role = stage.client("iam").create_role(RoleName="task", AssumeRolePolicyDocument="{}")
    stage.client("logs").create_log_group(logGroupName="/app")
    stage.client("ecs").create_cluster(clusterName="c")
    secret = stage.client("secretsmanager").create_secret(
        Name="s", SecretString='{"password": "secret"}'
    )
    ecr = stage.client("ecr")
    uri = ecr.create_repository(repositoryName="app")["repository"]["repositoryUri"]
    engine = docker.DockerClient(base_url=stage.cloud.environment["DOCKER_HOST"], timeout=300)
    with_tag = f"{uri}:v1"
    try:
        engine.images.pull(BASE_IMAGE)
    except docker.errors.APIError:
        engine.images.get(BASE_IMAGE)
    engine.images.get(BASE_IMAGE).tag(uri, "v1")
    for line in engine.images.push(uri, tag="v1", stream=True, decode=True):
        assert "error" not in line, f"the push failed: {line}"
    engine.images.remove(with_tag)
    engine.close()
    digest = ecr.describe_images(repositoryName="app")["imageDetails"][0]["imageDigest"]
    return replace(
        stage,
        image=f"{uri}@{digest}",
        subnets=[subnet],
        vpc=vpc,
        role=role["Role"]["Arn"],
        secret=secret["ARN"],
    )


def test_a_task_runs_as_on_fargate_and_leaves_its_exit_code_and_lines(stage: Stage) -> None:
    ecs = stage.client("ecs")
    arn = ecs.run_task(
        cluster="c",
        taskDefinition=stage.register("look", LOOK_AROUND),
        launchType="FARGATE",
        networkConfiguration=stage.network,
    )["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(cluster="c", tasks=[arn], WaiterConfig=QUICK)
    task = ecs.describe_tasks(cluster="c", tasks=[arn])["tasks"][0]
    assert task["containers"][0].get("exitCode") == 3, task["stoppedReason"]
    stream = f"p/web/{arn.rsplit('/', 1)[-1]}"
    events = stage.client("logs").get_log_events(logGroupName="/app", logStreamName=stream)
    seen = json.loads(events["events"][0]["message"])
    assert seen == [10001, "secret", "Read-only file system", stage.role]


class TestService:
    """A service behind a balancer, from one revision to the next."""

    def settled(self, stage: Stage) -> dict[str, Any]:
        """The service once its rollout, or the way back, is complete."""

        def described() -> dict[str, Any]:
            found = stage.client("ecs").describe_services(cluster="c", services=["web"])
            return dict(found["services"][0])

        def is_settled() -> bool:
            service = described()
            live = [d for d in service["deployments"] if d["rolloutState"] != "FAILED"]
            return [d["rolloutState"] for d in live] == ["COMPLETED"]

        time.sleep(1)
        wait_for(is_settled, "the rollout is complete", 180)
        return described()

    def page(self, stage: Stage) -> tuple[int, str]:
        """Status and text of the page at the balancer."""
        port = stage.settings.aws_port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/", headers={"Host": f"web.alb.localhost:{port}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def test_releases_lose_no_request_and_bad_ones_are_taken_back(self, stage: Stage) -> None:
        create_service(stage, stage.register("web", PAGE.format(version="one", status=200)))
        assert self.settled(stage)["runningCount"] == 2
        assert self.page(stage) == (200, "one")

        ended, answers = threading.Event(), []

        def ask() -> None:
            while not ended.is_set():
                answers.append(self.page(stage))

        asking = threading.Thread(target=ask)
        asking.start()
        ecs = stage.client("ecs")
        second = stage.register("web", PAGE.format(version="two", status=200))
        ecs.update_service(cluster="c", service="web", taskDefinition=second)
        self.settled(stage)
        ended.set()
        asking.join()
        assert {status for status, _ in answers} == {200}, "visitors saw the release"
        assert self.page(stage) == (200, "two")

        bad = stage.register("web", PAGE.format(version="bad", status=500))
        ecs.update_service(cluster="c", service="web", taskDefinition=bad)
        service = self.settled(stage)
        assert service["taskDefinition"] == second, "a release that never was healthy remains"
        assert self.page(stage) == (200, "two")

        third = stage.register("web", PAGE.format(version="three", status=200))
        ecs.update_service(cluster="c", service="web", taskDefinition=third)
        service = self.settled(stage)
        assert self.page(stage) == (200, "three")
        shown = [deployment["rolloutState"] for deployment in service["deployments"]]
        assert shown == ["COMPLETED"], "who waits for one deployment waits for ever"
        ecs.delete_service(cluster="c", service="web", force=True)


def create_service(stage: Stage, definition: str) -> None:
    """Two tasks behind a balancer that asks them every two seconds."""
    elb = stage.client("elbv2")
    balancer = elb.create_load_balancer(Name="web", Subnets=stage.subnets)["LoadBalancers"][0]
    group = elb.create_target_group(
        Name="web",
        Protocol="HTTP",
        Port=8000,
        VpcId=stage.vpc,
        TargetType="ip",
        HealthCheckPath="/livez",
        HealthCheckIntervalSeconds=5,
        HealthCheckTimeoutSeconds=2,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "3"}
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    stage.client("ecs").create_service(
        cluster="c",
        serviceName="web",
        taskDefinition=definition,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=stage.network,
        loadBalancers=[{"targetGroupArn": group, "containerName": "web", "containerPort": 8000}],
        deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        },
    )


class TestDatabase:
    """An instance of RDS as PostgreSQL; asked from its own container, as a task would."""

    def sql(self, stage: Stage, instance: str, user: str, password: str, text: str) -> str:
        """What psql prints; its complaint when it cannot connect."""
        rds = stage.client("rds")
        shown = rds.describe_db_instances(DBInstanceIdentifier=instance)["DBInstances"][0]
        address, port = shown["Endpoint"]["Address"], shown["Endpoint"]["Port"]
        engine = docker.DockerClient(base_url=stage.cloud.environment["DOCKER_HOST"])
        try:
            container = engine.containers.list(filters={"label": f"db_id={instance}"})[0]
            target = f"host={address} port={port} user={user} dbname=app sslmode=require"
            command = ["psql", "-XAtc", text, target]
            _, output = container.exec_run(command, environment={"PGPASSWORD": password})
        finally:
            engine.close()
        assert isinstance(output, bytes)
        return output.decode().strip()

    def master_password(self, stage: Stage, instance: str) -> str:
        """The password in the secret that RDS manages."""
        rds = stage.client("rds")
        shown = rds.describe_db_instances(DBInstanceIdentifier=instance)["DBInstances"][0]
        secret = shown["MasterUserSecret"]["SecretArn"]
        value = stage.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        return str(json.loads(value)["password"])

    def test_logins_rotation_and_the_last_snapshot_are_real(self, stage: Stage) -> None:
        rds = stage.client("rds")
        rds.create_db_instance(
            DBInstanceIdentifier="db",
            Engine="postgres",
            EngineVersion="17.6",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="root_user",
            DBName="app",
            Port=5433,
            ManageMasterUserPassword=True,
            EnableIAMDatabaseAuthentication=True,
        )
        available = rds.get_waiter("db_instance_available")
        available.wait(DBInstanceIdentifier="db", WaiterConfig=QUICK)
        password = self.master_password(stage, "db")
        made = "create table t as select 42 as a; create role app login; grant rds_iam to app"
        self.sql(stage, "db", "root_user", password, f"{made}; grant select on t to app")

        endpoint = rds.describe_db_instances()["DBInstances"][0]["Endpoint"]
        assert endpoint["Port"] == 5433, "a database listens where it was asked to"
        token = rds.generate_db_auth_token(endpoint["Address"], 5433, "app")
        assert self.sql(stage, "db", "app", token, "select a from t") == "42"
        assert "authentication failed" in self.sql(stage, "db", "app", token[:-3] + "abc", "")

        secret = rds.describe_db_instances()["DBInstances"][0]["MasterUserSecret"]["SecretArn"]
        stage.client("secretsmanager").rotate_secret(SecretId=secret)
        new = self.master_password(stage, "db")
        assert self.sql(stage, "db", "root_user", new, "select 1") == "1"
        assert "authentication failed" in self.sql(stage, "db", "root_user", password, "")

        rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="last")
        rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier="again", DBSnapshotIdentifier="last"
        )
        available.wait(DBInstanceIdentifier="again", WaiterConfig=QUICK)
        assert self.sql(stage, "again", "root_user", new, "select a from t") == "42", (
            "the last snapshot held no data"
        )
        rds.delete_db_instance(DBInstanceIdentifier="again", SkipFinalSnapshot=True)
