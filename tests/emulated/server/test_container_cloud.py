"""The emulated AWS with containers: tasks, balancers and databases that really run."""

from __future__ import annotations

import json

import docker
import pytest
from botocore.exceptions import ClientError

from tests.emulated.server.stage import QUICK, Stage

pytestmark = pytest.mark.containers
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
# Sends to a queue at the endpoint that a task is given.
SEND = """
import os, urllib.request
headers = {{
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "AmazonSQS.SendMessage",
    "authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request",
}}
request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], {body!r}.encode(), headers)
print(urllib.request.urlopen(request).status)
"""


def test_a_task_runs_as_on_fargate_and_leaves_its_exit_code_and_lines(stage: Stage) -> None:
    task = stage.run(stage.register("look", LOOK_AROUND))
    ended = stage.ended(task)
    assert ended["containers"][0].get("exitCode") == 3, ended["stoppedReason"]
    seen = json.loads(stage.lines(task)[0])
    assert seen == [10001, "secret", "Read-only file system", stage.role]


def test_a_task_gets_the_version_of_a_secret_that_it_names(stage: Stage) -> None:
    secrets = stage.client("secretsmanager")
    made = secrets.create_secret(Name="versions", SecretString='{"KEY": "first"}')
    for value in ("second", "third"):
        secrets.put_secret_value(SecretId="versions", SecretString=json.dumps({"KEY": value}))
    program = 'import os; print(os.environ["PASSWORD"])'
    seen = []
    for version in (f":{made['VersionId']}", "AWSPREVIOUS:", "AWSCURRENT:", ":"):
        reference = f"{made['ARN']}:KEY:{version}"
        task = stage.run(stage.register("versions", program, secret=reference))
        stage.ended(task)
        seen += stage.lines(task)
    assert seen == ["first", "second", "third", "third"], (
        "a release that is gone back to would get the secret of another"
    )


class TestTaskThatDoesNotStart:
    """It has a reason and no exit code: nothing of it ran."""

    def reason(self, stage: Stage, definition: str) -> str:
        """Why a task did not start."""
        task = stage.ended(stage.run(definition))
        assert task["stopCode"] == "TaskFailedToStart"
        assert "exitCode" not in task["containers"][0], "it looks as if something had run"
        return str(task["stoppedReason"])

    def test_a_secret_without_that_version_is_named(self, stage: Stage) -> None:
        reference = f"{stage.secret}:password::{'0' * 8}-0000-0000-0000-{'0' * 12}"
        text = self.reason(stage, stage.register("bad", "", secret=reference))
        assert text.startswith("ResourceInitializationError: unable to pull secrets")
        assert "can't find the specified secret value for VersionId: 00000000" in text

    def test_a_secret_without_that_key_is_named(self, stage: Stage) -> None:
        text = self.reason(stage, stage.register("bad", "", secret=f"{stage.secret}:none::"))
        assert "did not contain json key none" in text

    def test_a_missing_log_group_stops_it(self, stage: Stage) -> None:
        options = {"awslogs-group": "/none", "awslogs-region": "us-east-1"}
        log = {"logDriver": "awslogs", "options": options}
        text = self.reason(stage, stage.register("bad", "", logConfiguration=log))
        assert text.startswith("ResourceInitializationError: failed to validate logger args")

    def test_a_command_that_the_image_lacks_is_named(self, stage: Stage) -> None:
        text = self.reason(stage, stage.register("bad", "", command=["/none"]))
        assert text.startswith("CannotStartContainerError: "), "tools look for this word"
        assert "/none" in text

    def test_one_that_is_stopped_at_once_never_ran(self, stage: Stage) -> None:
        task = stage.run(stage.register("long", "import time; time.sleep(60)"))
        stage.client("ecs").stop_task(cluster="c", task=task, reason="not needed")
        ended = stage.ended(task)
        assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "not needed")


def test_a_cluster_is_kept_while_a_task_runs(stage: Stage) -> None:
    ecs = stage.client("ecs")
    task = stage.run(stage.register("long", "import time; time.sleep(60)"))
    with pytest.raises(ClientError, match="ClusterContainsTasksException"):
        ecs.delete_cluster(cluster="c")
    ecs.stop_task(cluster="c", task=task)
    stage.ended(task)


def test_a_task_uses_a_queue_by_the_address_that_the_stack_shows(stage: Stage) -> None:
    url = stage.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    body = json.dumps({"QueueUrl": url, "MessageBody": "from a task"})
    task = stage.run(stage.register("queue", SEND.format(body=body)))
    assert stage.ended(task)["containers"][0].get("exitCode") == 0, stage.lines(task)
    found = stage.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert [message["Body"] for message in found] == ["from a task"]


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
        power = "select rolsuper, rolcreaterole from pg_roles where rolname = current_user"
        assert self.sql(stage, "db", "root_user", password, power) == "f|t", (
            "what works here would be refused on RDS"
        )

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
