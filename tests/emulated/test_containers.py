"""The cloud with real containers: ports as in the environment, everything else of its own."""

from __future__ import annotations

import http.client
import io
import json
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import boto3
import psycopg
import pytest
from docker.models.containers import Container

from emulated import cloud
from emulated.access import Cloud
from emulated.engine import Engine, find_engine
from emulated.image import remove_images
from emulated.network import check_network
from emulated.ports import check_ports
from emulated.problems import CloudError
from emulated.registries import check_registry
from emulated.removal import our_containers, our_volumes
from emulated.servers import read_logs
from emulated.settings import LABEL, CloudSettings, read_settings

pytestmark = pytest.mark.containers

NAME = "flask-fargate-trial"
# It tells which container answers, as whom the task calls AWS, and whether the database listens.
PAGE = b"""
import http.server, json, os, socket, urllib.request

def role():
    uri = "http://169.254.170.2" + os.environ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    return json.load(urllib.request.urlopen(uri, timeout=5))["RoleArn"]

def database():
    socket.create_connection((os.environ["DATABASE_HOST"], 5432), 5).close()
    return "listens"

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = {"host": socket.gethostname()}
        if self.path == "/":
            text |= {"role": role(), "database": database()}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(text).encode())

print("serving", flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", 8000), Page).serve_forever()
"""
DOCKERFILE = (
    b"FROM docker.io/library/python:3.13-slim\n"
    b"COPY page.py /\n"
    b"USER 10001\n"
    b'CMD ["python", "/page.py"]\n'
)
Answer = TypeVar("Answer")


def wait_for(question: Callable[[], Answer], what: str, seconds: float = 90) -> Answer:
    """Ask until the answer is true."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, f"{what} did not happen within {seconds:.0f} s"
        time.sleep(0.5)
    return answer


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> CloudSettings:
    folder = tmp_path_factory.mktemp("project")
    return read_settings({**os.environ, "EMULATED_NAME": NAME}, folder)


@pytest.fixture(scope="module")
def engine(settings: CloudSettings) -> Engine:
    try:
        found = find_engine(settings)
        check_registry(found, settings.aws_port)
        check_network(found, settings)
        check_ports(settings)
    except CloudError as missing:
        pytest.skip(str(missing))
    return found


@pytest.fixture(scope="module")
def running(settings: CloudSettings, engine: Engine) -> Iterator[Cloud]:
    try:
        yield cloud.start(containers=True, settings=settings, report=print)
    finally:
        for role, text in read_logs(engine, settings).items():
            print(f"--- {role}", *text.splitlines()[-30:], sep="\n")  # shown when a test failed
        cloud.stop(settings=settings)


@pytest.fixture(scope="module")
def client(running: Cloud) -> Callable[[str], Any]:
    session = boto3.Session(
        aws_access_key_id=running.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=running.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=running.environment["AWS_REGION"],
    )

    def make(service: str) -> Any:
        url = running.endpoint_overrides.get(service, running.endpoint_url)
        return session.client(service, endpoint_url=url)

    return make


@pytest.fixture(scope="module")
def image(engine: Engine, settings: CloudSettings, client: Callable[[str], Any]) -> Iterator[str]:
    """The page's image, pushed to the cloud's registry; its address by digest."""
    client("ecr").create_repository(repositoryName="page")
    repository = f"localhost:{settings.aws_port}/page"
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as tar:
        for name, data in (("Dockerfile", DOCKERFILE), ("page.py", PAGE)):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            tar.addfile(entry, io.BytesIO(data))
    context.seek(0)
    engine.client.images.build(
        fileobj=context, custom_context=True, tag=f"{repository}:1", rm=True, forcerm=True
    )
    for line in engine.client.images.push(repository, tag="1", stream=True, decode=True):
        assert "error" not in line, line
    pushed = client("ecr").describe_images(repositoryName="page")["imageDetails"]
    # The service has to fetch it from the registry.
    engine.client.images.remove(f"{repository}:1", force=True)
    yield f"{repository}@{pushed[0]['imageDigest']}"
    cloud.stop(settings=settings)
    remove_images(engine, f"{repository}@")


@pytest.fixture(scope="module")
def database(client: Callable[[str], Any]) -> dict[str, Any]:
    client("rds").create_db_instance(
        DBInstanceIdentifier="page",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        EngineVersion="17",
        AllocatedStorage=20,
        DBName="page",
        MasterUsername="master",
        MasterUserPassword="not-a-secret-1",
    )

    def available() -> dict[str, Any]:
        found = client("rds").describe_db_instances(DBInstanceIdentifier="page")["DBInstances"][0]
        assert found["DBInstanceStatus"] != "failed", "the database could not be started"
        return dict(found) if found["DBInstanceStatus"] == "available" else {}

    return wait_for(available, "the database")


def make_subnets(client: Callable[[str], Any]) -> tuple[str, list[str]]:
    """A network with two subnets: its id and theirs."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{n}.0/24") for n in range(2)]
    return vpc, [answer["Subnet"]["SubnetId"] for answer in made]


def make_balancer(client: Callable[[str], Any], vpc: str, subnets: list[str]) -> tuple[str, str]:
    """A balancer with one listener; its name and the target group's ARN."""
    elb = client("elbv2")
    made = elb.create_load_balancer(Name="page", Subnets=subnets)
    group = elb.create_target_group(
        Name="page",
        Protocol="HTTP",
        Port=8000,
        VpcId=vpc,
        TargetType="ip",
        HealthCheckPath="/livez",
        HealthCheckIntervalSeconds=5,
        HealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.create_listener(
        LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return "page", group


@pytest.fixture(scope="module")
def service(client: Callable[[str], Any], image: str, database: dict[str, Any]) -> dict[str, str]:
    """Two tasks behind a balancer; the balancer's and the target group's names."""
    role = client("iam").create_role(RoleName="page", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client("logs").create_log_group(logGroupName="/page")
    vpc, subnets = make_subnets(client)
    ecs, (balancer, group) = client("ecs"), make_balancer(client, vpc, subnets)
    ecs.create_cluster(clusterName="page")
    container = {
        "name": "web",
        "image": image,
        "essential": True,
        "portMappings": [{"containerPort": 8000}],
        "environment": [{"name": "DATABASE_HOST", "value": database["Endpoint"]["Address"]}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/page",
                "awslogs-region": "us-east-1",
                "awslogs-stream-prefix": "web",
            },
        },
    }
    ecs.register_task_definition(
        family="page",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="512",
        memory="512",
        taskRoleArn=role,
        containerDefinitions=[container],
    )
    ecs.create_service(
        cluster="page",
        serviceName="page",
        taskDefinition="page",
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets}},
        loadBalancers=[{"targetGroupArn": group, "containerName": "web", "containerPort": 8000}],
    )
    return {"balancer": balancer, "group": group, "role": role}


def ask_page(settings: CloudSettings, balancer: str) -> dict[str, str]:
    """The answer of the page through the balancer, as a browser asks for it."""
    connection = http.client.HTTPConnection("127.0.0.1", settings.aws_port, timeout=15)
    host = f"{balancer}.alb.localhost:{settings.aws_port}"
    connection.request("GET", "/", headers={"Host": host})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    assert answer.status == 200, f"{answer.status} from the balancer: {text}"
    return dict(json.loads(text))


def test_the_cloud_says_that_it_runs(running: Cloud, settings: CloudSettings) -> None:
    found = cloud.status(settings=settings)
    assert found.healthy, "status would send an operator to look for a fault that is not there"
    assert found.containers


def test_a_second_start_returns_the_same_cloud_at_once(
    running: Cloud, settings: CloudSettings
) -> None:
    began = time.monotonic()
    again = cloud.start(settings=settings)
    assert again.environment == running.environment
    assert time.monotonic() - began < 2, "a repeated command would cost as much as the first"


def test_another_folder_is_not_given_and_cannot_stop_this_cloud(
    running: Cloud, settings: CloudSettings, tmp_path: Any
) -> None:
    stranger = read_settings({**os.environ, "EMULATED_NAME": NAME}, tmp_path)
    with pytest.raises(CloudError, match=str(settings.folder)):
        cloud.stop(settings=stranger)
    assert cloud.status(settings=settings).healthy, "another checkout took this cloud down"


def test_the_database_is_a_postgres_that_this_machine_reaches(database: dict[str, Any]) -> None:
    with psycopg.connect(
        host=database["Endpoint"]["Address"],
        port=database["Endpoint"]["Port"],
        user="master",
        password="not-a-secret-1",
        dbname="page",
        connect_timeout=10,
    ) as connection:
        version = connection.execute("show server_version").fetchone()
    assert version is not None
    assert version[0].startswith("17"), "the engine version of the setting is not what runs"


def test_two_tasks_answer_through_the_balancer_with_role_and_database(
    service: dict[str, str], settings: CloudSettings, client: Callable[[str], Any]
) -> None:
    def healthy() -> bool:
        found = client("elbv2").describe_target_health(TargetGroupArn=service["group"])
        states = [t["TargetHealth"]["State"] for t in found["TargetHealthDescriptions"]]
        return states.count("healthy") == 2

    wait_for(healthy, "two healthy tasks")
    answers = [ask_page(settings, service["balancer"]) for _ in range(6)]
    assert len({a["host"] for a in answers}) == 2, "the balancer uses one task only"
    assert {a["role"] for a in answers} == {service["role"]}, "tasks do not act as their role"
    assert {a["database"] for a in answers} == {"listens"}, "tasks cannot reach the database"


def test_what_a_task_prints_is_in_its_log_group(
    service: dict[str, str], client: Callable[[str], Any]
) -> None:
    def lines() -> list[str]:
        events = client("logs").filter_log_events(logGroupName="/page")["events"]
        return [e["message"].strip() for e in events]

    assert "serving" in wait_for(lines, "log lines")


def test_nothing_listens_outside_this_machine(
    service: dict[str, str], engine: Engine, settings: CloudSettings
) -> None:
    bound = {
        (container.name, binding["HostIp"])
        for container in our_containers(engine, settings)
        for bindings in (container.ports or {}).values()
        for binding in bindings or []
    }
    open_to_all = {name for name, address in bound if address != "127.0.0.1"}
    assert not open_to_all, f"everyone in the same network reaches {open_to_all}"


@pytest.fixture
def bystander(engine: Engine) -> Iterator[Container]:
    """A container of somebody else whose name begins as the cloud's do."""
    made = engine.client.containers.create(
        "docker.io/library/python:3.13-slim", ["true"], name=f"{NAME}-bystander"
    )
    yield made
    made.remove(force=True)


def test_stop_leaves_nothing_of_the_cloud(
    service: dict[str, str], engine: Engine, settings: CloudSettings, bystander: Container
) -> None:
    volumes = {str(v.name) for v in our_volumes(engine, settings, set())}
    stopped = cloud.stop(settings=settings)
    assert stopped.removed.containers >= 6, "the servers, two tasks and a database were there"
    assert not our_containers(engine, settings), "containers of the cloud are left"
    left = volumes & {str(v.name) for v in engine.client.volumes.list()}
    assert not left, "volumes with a database's data are left"
    networks = [n.attrs.get("Labels") or {} for n in engine.client.networks.list()]
    assert NAME not in [n.get(LABEL) for n in networks], "the network is left"
    bystander.reload()  # NotFound: stop took a container of somebody else
    assert not cloud.status(settings=settings).running
