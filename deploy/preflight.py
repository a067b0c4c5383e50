"""Everything that a command needs, checked before it changes anything; a list of small checks."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from deploy import account, containers
from deploy.engine import Engine, keeps_state_itself
from deploy.problems import Missing, RefusedError
from deploy.process import Runner
from deploy.target import Target
from emulated.engine import find_engine
from emulated.problems import CloudError
from emulated.settings import read_settings

NO_PLUGIN_DOWNLOADS = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
YES = {"1", "true", "yes", "on"}


@dataclass(frozen=True)
class Situation:
    """What the checks look at. Where the CLI is missing, what needs it is not asked."""

    target: Target
    runner: Runner
    engine: Engine | Missing
    # Whether a person can answer a question, or --yes was given.
    answers: bool = True
    identify: account.Identify = field(default_factory=lambda: account.current_account)


@dataclass(frozen=True)
class Check:
    """One need, as it is named while it is checked, and what finds out."""

    name: str
    find: Callable[[Situation], Sequence[Missing]]
    # Asks through the CLI, so it has to wait until there is one.
    by_cli: bool = False


def require(checks: Sequence[Check], situation: Situation, say: Callable[[str], None]) -> None:
    """Make every check; RefusedError with all that is missing, not only the first."""
    missing: list[Missing] = []
    for check in checks:
        if check.by_cli and isinstance(situation.engine, Missing):
            say(f"  {'later':8}{check.name}")
            continue
        found = check.find(situation)
        say(f"  {'missing' if found else 'ok':8}{check.name}")
        missing += found
    if missing:
        many = f"{len(missing)} things are missing; {situation.target.stack} was not touched:"
        raise RefusedError(many if len(missing) > 1 else "", missing)


def _cli(situation: Situation) -> list[Missing]:
    return [situation.engine] if isinstance(situation.engine, Missing) else []


def _placeholders(situation: Situation) -> list[Missing]:
    target = situation.target
    keys = target.settings.placeholders()
    if not keys:
        return []
    return [
        Missing(
            f"{target.file_name} still has example values: {', '.join(keys)}.",
            f"Write your own (lines marked `yours` in {target.file_name})",
        )
    ]


def _answers(situation: Situation) -> list[Missing]:
    if situation.answers:
        return []
    return [
        Missing(
            "There is no terminal in which somebody could confirm the changes.",
            "Add --yes to confirm them beforehand, or run it in a terminal",
        )
    ]


def _backend(situation: Situation) -> list[Missing]:
    if isinstance(situation.engine, Missing):
        return []
    asked = situation.engine.whoami()
    if not asked.succeeded:
        return [
            Missing(
                f"Pulumi cannot reach the place where it keeps this stack's state: "
                f"{asked.complaint}.",
                "pulumi login (Pulumi Cloud), or keep it in a bucket of your own: "
                "export PULUMI_BACKEND_URL=s3://<bucket>?region=<region>",
            )
        ]
    backend = str(json.loads(asked.stdout).get("url", ""))
    return _passphrase(situation) if keeps_state_itself(backend) else []


def _passphrase(situation: Situation) -> list[Missing]:
    """Plain storage cannot keep secrets, so they are encrypted here: by a key, or a passphrase."""
    environ = situation.runner.environ
    file = environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if situation.target.secrets_provider not in ("", "passphrase"):
        return []
    if "PULUMI_CONFIG_PASSPHRASE" in environ:
        return []
    if file and Path(file).is_file():
        return []
    absent = f"PULUMI_CONFIG_PASSPHRASE_FILE names {file}, which does not exist." if file else ""
    return [
        Missing(
            absent or "The state's secrets need a passphrase, and none is set.",
            "export PULUMI_CONFIG_PASSPHRASE=..., or write `secretsprovider: awskms://alias/...` "
            f"at the top of {situation.target.file_name}",
        )
    ]


def _account(situation: Situation) -> list[Missing]:
    settings = situation.target.settings
    return account.missing(
        settings.region, settings.account_id, situation.runner.environ, situation.identify
    )


def _containers(situation: Situation) -> list[Missing]:
    settings = situation.target.settings
    if settings.image.uri:
        return []
    return containers.missing(settings.service.architecture, situation.runner)


def _emulated_containers(situation: Situation) -> list[Missing]:
    """The emulated cloud has its own wishes: an engine on this machine."""
    try:
        find_engine(read_settings(situation.runner.environ))
    except CloudError as problem:
        what, _, remedy = str(problem).partition("\n")
        return [Missing(what, remedy)]
    return []


def _plugins(situation: Situation) -> list[Missing]:
    """Pulumi fetches its plugins itself, unless it is told not to."""
    if situation.runner.environ.get(NO_PLUGIN_DOWNLOADS, "").lower() not in YES:
        return []
    if isinstance(situation.engine, Missing):
        return []
    needed = [("aws", version("pulumi-aws"))]
    if not situation.target.settings.image.uri:
        needed.append(("docker", version("pulumi-docker")))
    installed = situation.engine.plugins()
    return [
        Missing(
            f"Pulumi's plugin {name} {number} is not installed, and {NO_PLUGIN_DOWNLOADS} is set.",
            f"pulumi plugin install resource {name} {number}, or unset {NO_PLUGIN_DOWNLOADS}",
        )
        for name, number in needed
        if (name, number) not in installed
    ]


CLI = Check("Pulumi CLI", _cli)
PLACEHOLDERS = Check("no example values in the settings", _placeholders)
ANSWERS = Check("somebody to confirm", _answers)
BACKEND = Check("Pulumi backend and passphrase", _backend, by_cli=True)
ACCOUNT = Check("AWS credentials of the stack's account", _account)
CONTAINERS = Check("container engine for the image", _containers)
EMULATED_CONTAINERS = Check("container engine for the emulated cloud", _emulated_containers)
PLUGINS = Check("Pulumi plugins", _plugins, by_cli=True)

FOR_UP = (PLACEHOLDERS, ANSWERS, CLI, BACKEND, PLUGINS, ACCOUNT, CONTAINERS)
FOR_PREVIEW = (PLACEHOLDERS, CLI, BACKEND, PLUGINS, ACCOUNT)
FOR_DOWN = (ANSWERS, CLI, BACKEND, PLUGINS, ACCOUNT)
FOR_EMULATED_UP = (CLI, PLUGINS, EMULATED_CONTAINERS)
