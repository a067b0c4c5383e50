"""The emulated stack in a copy of the project: its updates, and what they left behind."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import psycopg
import yaml
from docker.models.containers import Container

from deploy import page
from deploy.emulation import environment
from emulated import cloud
from emulated.access import Cloud
from emulated.engine import find_engine
from emulated.settings import ACCOUNT, REGION, CloudSettings
from infra.problems import NAMESPACE
from release.clients import Access, Clients
from release.ledger import Ledger
from release.record import Record
from tests.engine.running import ROOT
from tests.engine.updating import STACK, TIMEOUT_SECONDS, Running, Update, wait_until

PREFIX = "flaskapp-emu"


@dataclass
class Project:
    """A copy of the project with its own emulated cloud."""

    folder: Path

    @classmethod
    def copy_to(cls, folder: Path) -> "Project":
        """The project's files, as they would be committed, in a folder of their own."""
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listing.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return cls(folder)

    def begin(self, verb: str = "up") -> Running:
        """Begin an update."""
        return Running(self.folder, verb)

    def run(self, verb: str) -> Update:
        """One command, whatever its exit code."""
        return self.begin(verb).end()

    def up(self) -> Update:
        """An update that must succeed."""
        done = self.run("up")
        assert done.code == 0, f"up failed:\n{done.said[-9000:]}"
        return done

    def fail(self) -> str:
        """An update that must fail; what it said."""
        done = self.run("up")
        assert done.code != 0, f"up says that all is well:\n{done.said[-6000:]}"
        return done.said

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one file of the project."""
        path = self.folder / name
        content = path.read_text()
        assert old in content, f"{name} has changed: the test changes nothing"
        path.write_text(content.replace(old, new, 1))

    def change(self, changes: Mapping[str, Any]) -> None:
        """Write settings of the stack, by dotted key."""
        path = self.folder / f"Pulumi.{STACK}.yaml"
        content = yaml.safe_load(path.read_text())
        for key, value in changes.items():
            section, *inner = key.split(".")
            place = content["config"]
            for part in (f"{NAMESPACE}:{section}", *inner)[:-1]:
                place = place[part]
            place[inner[-1] if inner else f"{NAMESPACE}:{section}"] = value
        path.write_text(yaml.safe_dump(content))

    @property
    def cloud(self) -> Cloud:
        """The emulated AWS, which must run."""
        running = cloud.running(settings=CloudSettings(folder=self.folder))
        assert running is not None, "the emulated AWS does not run"
        return running

    @cached_property
    def clients(self) -> Clients:
        """The emulated AWS."""
        endpoints = {"default": self.cloud.endpoint_url, **self.cloud.endpoint_overrides}
        return Clients(Access(region=REGION, account_id=ACCOUNT, endpoints=endpoints))

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The Pulumi CLI itself, beside `make up`."""
        return subprocess.run(
            ["pulumi", *arguments, "--stack", STACK, "--non-interactive"],
            cwd=self.folder,
            env=environment(os.environ, self.folder, self.cloud.environment),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    @property
    def page(self) -> str:
        """The page's address."""
        (balancer,) = self.clients.elbv2.describe_load_balancers()["LoadBalancers"]
        arn = {"balancer_arn": balancer["LoadBalancerArn"]}
        return page.address(arn, self.cloud.endpoint_url)

    @property
    def state(self) -> str:
        """The whole state, as it lies on the disk."""
        folder = self.folder / ".state" / ".pulumi" / "stacks"
        return "".join(path.read_text() for path in folder.rglob("*.json*"))

    @property
    def logs(self) -> str:
        """Everything that tasks have written."""
        found = []
        for group in ("release", "web", "worker", "schedule"):
            pages = self.clients.logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"/{PREFIX}/{group}"
            )
            found += [event["message"] for page in pages for event in page["events"]]
        return "\n".join(found)

    def containers(self, process: str) -> list[Container]:
        """The containers that run a process, those of its `run` among them."""
        listed = find_engine(CloudSettings(folder=self.folder)).client.containers.list()
        return [each for each in listed if str(each.name).endswith(f"-{process}")]

    def within(self, process: str, *words: str) -> str:
        """What a command prints in a running container of the process."""
        code, output = self.containers(process)[0].exec_run(list(words))
        assert code == 0, output
        assert isinstance(output, bytes)
        return output.decode()

    def environment_of(self, process: str) -> dict[str, str]:
        """What a running container of the process has in its environment."""
        lines = self.within(process, "env").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def rotate_owner_secret(self) -> str:
        """Make RDS change its owner's password, as it does every seven days; the new one."""
        (database,) = self.clients.rds.describe_db_instances()["DBInstances"]
        arn = database["MasterUserSecret"]["SecretArn"]
        secrets = self.client("secretsmanager")
        before = secrets.get_secret_value(SecretId=arn)["SecretString"]
        secrets.rotate_secret(SecretId=arn)
        wait_until(
            lambda: secrets.get_secret_value(SecretId=arn)["SecretString"] != before,
            "new password of the owner",
        )
        return str(json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["password"])

    def client(self, service: str) -> Any:
        """A client of a service that releases do not ask."""
        return boto3.client(
            service,
            endpoint_url=self.cloud.endpoint_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @property
    def releases(self) -> list[Record]:
        """All releases, newest first."""
        return Ledger(self.clients.dynamodb, f"{PREFIX}-releases", PREFIX).history()

    def revision(self, process: str) -> str:
        """The task definition of the service's primary deployment."""
        (service,) = self.clients.ecs.describe_services(
            cluster=PREFIX, services=[f"{PREFIX}-{process}"]
        )["services"]
        (primary,) = [each for each in service["deployments"] if each["status"] == "PRIMARY"]
        return primary["taskDefinition"]

    def revisions(self) -> dict[str, str]:
        """The task definitions that the services run."""
        return {process: self.revision(process) for process in ("web", "worker", "schedule")}

    def definition(self, process: str) -> Mapping[str, Any]:
        """The newest task definition of a process."""
        answer = self.clients.ecs.describe_task_definition(taskDefinition=f"{PREFIX}-{process}")
        return answer["taskDefinition"]

    def forget_migration(self) -> None:
        """Take the test's migration off the database's list, so that it runs again."""
        (database,) = self.clients.rds.describe_db_instances()["DBInstances"]
        secret = self.client("secretsmanager").get_secret_value(
            SecretId=database["MasterUserSecret"]["SecretArn"]
        )
        owner = json.loads(secret["SecretString"])
        head = max(
            path.stem[:4]
            for path in (self.folder / "app" / "migrations" / "versions").glob("0*.py")
        )
        with psycopg.connect(
            host=database["Endpoint"]["Address"],
            port=database["Endpoint"]["Port"],
            dbname=database["DBName"],
            user=owner["username"],
            password=owner["password"],
            sslmode="require",
        ) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", [head])

    def release_tasks(self) -> list[str]:
        """ARNs of the release tasks that run."""
        listed = self.clients.ecs.list_tasks(
            cluster=PREFIX, family=f"{PREFIX}-release", desiredStatus="RUNNING"
        )
        return listed["taskArns"]
