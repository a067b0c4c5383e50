"""One stack of the project, run by the real CLI with a state and a configuration of its own."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml

from emulated.access import Cloud
from emulated.settings import ACCOUNT, REGION
from infra.problems import NAMESPACE

ROOT = Path(__file__).parents[2]
ZONE = "example.net"
TIMEOUT_SECONDS = 900
# Built elsewhere: nothing here can build, and nothing pulls it.
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/prebuilt@sha256:{'a' * 64}"

Changes = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One resource in a preview: what would be done, to which name and type, in which inputs."""

    operation: str
    type: str
    name: str
    properties: frozenset[str]


@dataclass(frozen=True)
class Stack:
    """A stack's file with only those values changed that say where its AWS is."""

    name: str
    cli: Path
    cloud: Cloud
    folder: Path

    @property
    def config_file(self) -> Path:
        """The stack's settings in this test."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def create(self) -> None:
        """Write the settings and make an empty stack, all of it in a folder of its own.

        Pulumi writes into the project's folder: so this is another one, with the same program.
        """
        for name in ("__main__.py", "Pulumi.yaml", "infra", "release", "app", ".venv"):
            (self.folder / name).symlink_to(ROOT / name)
        zone = self.client("route53").create_hosted_zone(Name=ZONE, CallerReference=self.name)
        config = yaml.safe_load((ROOT / f"Pulumi.{self.name}.yaml").read_text())
        self.config_file.write_text(yaml.safe_dump(config))
        self.change(
            {
                "account-id": ACCOUNT,
                "aws-endpoints": {
                    "default": self.cloud.endpoint_url,
                    **self.cloud.endpoint_overrides,
                },
                "domain.name": f"www.{ZONE}",
                "domain.further-names": [ZONE],
                "domain.zone-name": ZONE,
                "domain.zone-id": zone["HostedZone"]["Id"].rpartition("/")[2],
                "mail.from-address": f"no-reply@{ZONE}",
                "image.uri": IMAGE,
            }
        )
        (self.folder / "state").mkdir()
        self.run("stack", "init", self.name)

    def change(self, changes: Changes) -> None:
        """Write settings, by dotted key."""
        content = yaml.safe_load(self.config_file.read_text())
        for key, value in changes.items():
            section, _, inner = key.partition(".")
            place = content["config"]
            if inner:
                place[f"{NAMESPACE}:{section}"][inner] = value
            else:
                place[f"{NAMESPACE}:{section}"] = value
        self.config_file.write_text(yaml.safe_dump(content))

    def client(self, service: str) -> Any:
        """A client of the emulated AWS."""
        url = self.cloud.endpoint_overrides.get(service, self.cloud.endpoint_url)
        return boto3.client(
            service,
            endpoint_url=url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def try_run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One CLI command, whatever its exit code; a person's own AWS settings do not count."""
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "engine-test",
        }
        return subprocess.run(
            [str(self.cli), *arguments, "--non-interactive"],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    def run(self, *arguments: str) -> str:
        """One CLI command that must succeed; what it printed."""
        done = self.try_run(*arguments)
        said = f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
        assert done.returncode == 0, f"pulumi {' '.join(arguments)} failed:\n{said}"
        return done.stdout

    def of_stack(self, verb: str, *options: str) -> list[str]:
        """The words of a command on this stack."""
        return [verb, "--stack", self.name, *options]

    def up(self) -> str:
        """A whole update."""
        return self.run(*self.of_stack("up", "--yes", "--skip-preview"))

    def preview(self) -> list[Step]:
        """What an update would do, without what stays the same."""
        planned = json.loads(self.run(*self.of_stack("preview", "--json")))
        return [_step(step) for step in planned["steps"] if step["op"] != "same"]

    def refresh(self) -> list[Step]:
        """Read the real state of everything; what had moved."""
        self.run(*self.of_stack("refresh", "--yes", "--skip-preview"))
        return self.preview()

    def destroy(self) -> subprocess.CompletedProcess[str]:
        """Delete everything that may be deleted."""
        return self.try_run(*self.of_stack("destroy", "--yes", "--skip-preview"))

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets hidden."""
        found: dict[str, Any] = json.loads(
            self.run("stack", "output", "--json", "--stack", self.name)
        )
        return found


def _step(step: Mapping[str, Any]) -> Step:
    token, name = step["urn"].split("::")[2:]
    changed = {*(step.get("diffReasons") or []), *(step.get("detailedDiff") or {})}
    return Step(step["op"], token.rpartition("$")[2], name, frozenset(changed))
