"""A cloud with containers, furnished with what tasks and services need."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import docker

from emulated.access import Cloud
from emulated.settings import CloudSettings
from tests.emulated.server.waiting import wait_for

BASE_IMAGE = "docker.io/library/python:3.13-slim"
QUICK = {"Delay": 1, "MaxAttempts": 90}
SETTLE_SECONDS = 180.0
# Answers with its version two seconds after it was started; /livez says what it is told to say.
PAGE = """
import http.server, signal, threading, time
class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        self.send_response({status} if self.path == "/livez" else 200)
        self.send_header("content-length", str(len({version!r})))
        self.end_headers()
        self.wfile.write({version!r}.encode())
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
time.sleep(2)
server = Server(("0.0.0.0", 8000), Page)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
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

    def register(self, family: str, program: str, secret: str = "", **container: Any) -> str:
        """A task definition that runs a Python program as it would on Fargate.

        `secret`: where PASSWORD comes from; `container`: further settings of the container.
        """
        names = {"group": "/app", "region": "us-east-1", "stream-prefix": "p"}
        logs = {f"awslogs-{name}": value for name, value in names.items()}
        settings = {
            "name": "web",
            "image": self.image,
            "essential": True,
            "user": "10001",
            "readonlyRootFilesystem": True,
            "stopTimeout": 5,
            "command": ["python", "-u", "-c", program],
            "portMappings": [{"containerPort": 8000}],
            "mountPoints": [{"sourceVolume": "tmp", "containerPath": "/tmp"}],
            "secrets": [{"name": "PASSWORD", "valueFrom": secret or f"{self.secret}:password::"}],
            "logConfiguration": {"logDriver": "awslogs", "options": logs},
            **container,
        }
        definition = self.client("ecs").register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="512",
            memory="512",
            taskRoleArn=self.role,
            volumes=[{"name": "tmp"}],
            containerDefinitions=[settings],
        )
        return str(definition["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **options: Any) -> str:
        """Start a task on its own; return its ARN."""
        started = self.client("ecs").run_task(
            cluster="c",
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **options,
        )
        return str(started["tasks"][0]["taskArn"])

    def ended(self, task: str) -> dict[str, Any]:
        """A task once it has stopped."""
        ecs = self.client("ecs")
        ecs.get_waiter("tasks_stopped").wait(cluster="c", tasks=[task], WaiterConfig=QUICK)
        return dict(ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0])

    def lines(self, task: str) -> list[str]:
        """What a task has logged."""
        stream = f"p/web/{task.rsplit('/', 1)[-1]}"
        found = self.client("logs").get_log_events(
            logGroupName="/app", logStreamName=stream, startFromHead=True
        )
        return [event["message"] for event in found["events"]]

    def service(self, name: str = "web") -> dict[str, Any]:
        """A service as ECS describes it."""
        found = self.client("ecs").describe_services(cluster="c", services=[name])
        return dict(found["services"][0])

    def settled(self, name: str = "web", state: str = "COMPLETED") -> dict[str, Any]:
        """The service once its newest deployment, or the way back, has come to an end."""

        def is_settled() -> bool:
            primary = self.service(name)["deployments"][0]
            return bool(primary["status"] == "PRIMARY" and primary["rolloutState"] == state)

        wait_for(is_settled, f"the deployment of {name} is {state}", SETTLE_SECONDS)
        return self.service(name)

    def connect(self) -> http.client.HTTPConnection:
        """A connection to the balancers."""
        return http.client.HTTPConnection("127.0.0.1", self.settings.aws_port, timeout=30)

    def page(self, connection: http.client.HTTPConnection) -> tuple[int, str]:
        """Status and text of the page behind the balancer `web`."""
        host = {"Host": f"web.alb.localhost:{self.settings.aws_port}"}
        connection.request("GET", "/", headers=host)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


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


def create_target_group(stage: Stage, name: str) -> str:
    """A balancer whose targets are asked every five seconds and drain for three."""
    elb = stage.client("elbv2")
    balancer = elb.create_load_balancer(Name=name, Subnets=stage.subnets)["LoadBalancers"][0]
    group = elb.create_target_group(
        Name=name,
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
    return str(group)


def create_service(stage: Stage, definition: str, *, name: str = "web", group: str = "") -> None:
    """A service with a circuit breaker, behind a balancer where there is a target group."""
    target = {"targetGroupArn": group, "containerName": "web", "containerPort": 8000}
    behind: Mapping[str, Any] = {"loadBalancers": [target]} if group else {}
    stage.client("ecs").create_service(
        cluster="c",
        serviceName=name,
        taskDefinition=definition,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=stage.network,
        deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        },
        **behind,
    )
