"""Everything a stack can be told, read once and frozen; every problem is reported at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from infra import backing_sections, naming, plain_secrets, rules, sections
from infra.problems import Problem, SettingsError
from infra.process_sections import Credentials, Process, Release
from infra.procfile import ProcfileError, read_procfile
from infra.refusals import problems_of
from infra.setting_types import (
    AccountId,
    Endpoint,
    Label,
    Owner,
    ProcessName,
    Region,
    Repository,
    SecretText,
    Section,
    VariableName,
    VariableText,
    setting,
)

PROCFILE = Path(__file__).parent.parent / "app" / "Procfile"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Settings(Section):
    """One stack's settings. The stage is a label: every difference between stages is a value."""

    app_name: Label = setting("Short name of the application", "flaskapp")
    stage: Label = setting("Label of the stage; with app-name at most 16 characters", "staging")
    owner: Owner = setting("Team that owns the stack, as a tag", "web-team")
    repository: Repository = setting(
        "Source of the stack, as a tag", "github.com/example/flask-fargate"
    )
    region: Region = setting("AWS region", "us-east-1")
    account_id: AccountId = setting(
        "The only AWS account that this stack may touch", "111122223333"
    )
    aws_endpoints: dict[str, Endpoint] = setting(
        "Addresses of an emulated AWS by service, `default` for the rest; empty for AWS", {}
    )
    network: sections.Network = setting("", {})
    domain: sections.DomainName = setting("", {})
    balancer: sections.Balancer = setting("", {})
    database: sections.Database = setting("", {})
    service: sections.Service = setting("", {})
    autoscaling: sections.Autoscaling = setting("", {})
    config: dict[VariableName, VariableText] = setting(
        "Environment of the application, plain", {"FEATURE_FLAG": "on"}
    )
    secrets: dict[VariableName, SecretText] = setting(
        "Environment of the application, kept in Secrets Manager; set by "
        "`pulumi config set --secret --path 'flask-fargate:secrets.NAME'`",
        {},
    )
    image: sections.Image = setting("", {})
    release: Release = setting("", {})
    processes: dict[ProcessName, Process] = setting("", {})
    queues: dict[ProcessName, backing_sections.Queue] = setting("", {})
    broker: backing_sections.Broker = setting("", {})
    storage: backing_sections.Storage = setting("", {})
    cache: backing_sections.Cache = setting("", {})
    mail: backing_sections.Mail = setting("", {})
    registry: sections.Registry = setting("", {})
    keys: sections.Keys = setting("", {})
    credentials: Credentials = setting("", {})
    logs: sections.Logs = setting("", {})
    backup: sections.Backup = setting("", {})
    waf: sections.Waf = setting("", {})
    notifications: sections.Notifications = setting("", {})
    safeguards: sections.Safeguards = setting("", {})

    @property
    def prefix(self) -> str:
        """The name that all components share."""
        return naming.prefix(self.app_name, self.stage)

    @property
    def emulated(self) -> bool:
        """Whether every AWS call stays on this machine."""
        hosts = {urlsplit(url).hostname or "" for url in self.aws_endpoints.values()}
        return "default" in self.aws_endpoints and hosts <= LOOPBACK

    def placeholders(self) -> list[str]:
        """Keys that still hold an example's value, which no deployment could use."""
        found = {
            "account-id": self.account_id == "000000000000",
            "repository": "/example/" in self.repository,
            "domain.name": _example(self.domain.name),
            "domain.zone-name": _example(self.domain.zone_name),
            "domain.zone-id": self.domain.zone_id.endswith("EXAMPLE"),
            "mail.from-address": self.mail.enabled and _example(self.mail.from_address),
            "notifications.emails": any(map(_example, self.notifications.emails)),
        }
        return [key for key, is_placeholder in found.items() if is_placeholder]

    def warnings(self) -> list[str]:
        """What is allowed but worth a look, one sentence each."""
        said = {
            "no domain: the application answers over plain HTTP": not self.domain.name,
            "one NAT gateway: if its zone fails, tasks in the others lose the internet": (
                self.network.egress == "nat-gateway"
            ),
            "mail without a way to the internet: no endpoint leads from the tasks to SES": (
                self.mail.enabled and self.network.egress == "none"
            ),
            "no e-mail address: nobody hears of a failed backup": not self.notifications.emails,
            "ECS Exec is on for tasks that serve: its helper writes to volumes beside the "
            "read-only root, which was not tried on AWS; `bin/ops shell` opens a task that serves "
            "nobody": self.service.exec_enabled,
        }
        return [sentence for sentence, holds in said.items() if holds]


def _example(name: str) -> bool:
    return name.rpartition("@")[2].endswith(("example.com", "example.org", "example.net"))


def load_settings(config: Mapping[str, object], procfile: Path = PROCFILE) -> Settings:
    """Settings from a stack's configuration: top-level keys without namespace, values parsed.

    Raises SettingsError with every problem: of single values, of the rules between those sections
    that are whole, and of the Procfile, whose processes the settings describe.
    """
    settings, problems = None, plain_secrets.problems(config)
    known = {problem.key for problem in problems}
    try:
        settings = Settings.model_validate(config)
    except ValidationError as error:
        problems += [each for each in problems_of(error, Settings) if each.key not in known]
    refused = {problem.key.partition(".")[0] for problem in problems}
    parts = _whole_parts(config, refused)
    try:
        parts["procfile"] = read_procfile(procfile)
    except ProcfileError as error:
        problems += [Problem(procfile.name, sentence) for sentence in error.problems]
    problems += rules.broken(parts)
    if problems or settings is None:
        raise SettingsError(sorted(problems, key=lambda problem: problem.key))
    return settings


def _whole_parts(config: Mapping[str, object], refused: set[str]) -> dict[str, Any]:
    """The validated top-level values by field name, without those that were refused."""
    parts = {}
    for name, field in Settings.model_fields.items():
        key = str(field.alias)
        if key in config and key not in refused:
            parts[name] = TypeAdapter(field.rebuild_annotation()).validate_python(config[key])
    return parts
