"""Programs on this machine that some verbs, or an update, hand over to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, unknown, warning
from ops.problems import OpsError

if TYPE_CHECKING:
    from deploy.process import Runner
    from ops.checks.situation import Situation

_INSTALL_PULUMI = "https://www.pulumi.com/docs/iac/download-install/"


def find(situation: Situation) -> Iterator[Finding]:
    """The Pulumi CLI, the session manager's plugin, psql, and a container engine."""
    from deploy.process import Runner

    runner = Runner(situation.environ, situation.root)
    yield _pulumi(situation, runner)
    yield _plugin()
    yield _psql(situation)
    yield from _containers(situation, runner)


def _pulumi(situation: Situation, runner: Runner) -> Finding:
    from deploy import release
    from ops.stack_file.pulumi_config import find as find_cli

    oldest = ".".join(map(str, release.OLDEST))
    cli = find_cli(situation.root, situation.environ)
    if cli is None:
        return warning(
            "there is no Pulumi CLI here: `config set` and `secrets set` need one",
            f"`make up` fetches {release.VERSION}, or install it: {_INSTALL_PULUMI}",
        )
    answer = runner.capture([str(cli), "version"])
    if not answer.succeeded:
        return warning(f"{cli} does not run: {answer.complaint}", f"Reinstall: {_INSTALL_PULUMI}")
    version = answer.stdout.strip()
    if release.version_numbers(version) < release.OLDEST:
        return warning(
            f"{cli} is Pulumi {version}, which is too old: {oldest} or newer is needed",
            f"Update it: {_INSTALL_PULUMI}",
        )
    return ok(f"Pulumi {version}")


def _plugin() -> Finding:
    from ops.sessions.plugin import INSTALL, NAME, find_plugin

    try:
        plugin = find_plugin()
    except OpsError as error:
        what, _, remedy = str(error).partition("\n")
        return warning(f"{what.rstrip('.')}: `shell`, `exec`, `psql`, `tunnel`", remedy.rstrip("."))
    if not plugin.takes_variable:
        return warning(
            f"{NAME} {plugin.version} is old: other users of this machine can see the token of a "
            "session that it holds",
            f"Update it: {INSTALL}",
        )
    return ok(f"{NAME} {plugin.version}")


def _psql(situation: Situation) -> Finding:
    if shutil.which("psql", path=situation.environ.get("PATH")) is None:
        return warning(
            "there is no psql here, which the verb of that name needs",
            "Install Postgres's client: the package postgresql-client, or libpq with Homebrew",
        )
    return ok("psql")


def _containers(situation: Situation, runner: Runner) -> Iterator[Finding]:
    """What builds the image in an update; nothing where the settings name a finished one."""
    from deploy import containers

    settings = situation.settings
    if settings is None:
        yield unknown("whether this machine can build the image: the settings cannot be read")
        return
    if settings.image.uri:
        return
    missing = containers.missing(settings.service.architecture, runner)
    for each in missing:
        yield warning(each.what.rstrip("."), each.remedy)
    if not missing:
        yield ok(f"a container engine that builds for {settings.service.architecture}")


CHECK = Check(
    name="tools",
    about="programs on this machine",
    find=find,
    asks_aws=False,
    of_stack=False,
)
