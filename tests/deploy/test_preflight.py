"""Everything that is missing is said at once, each with how to get it."""

import dataclasses
import json
from importlib.metadata import version
from pathlib import Path

import pytest

from deploy import preflight
from deploy.engine import Engine
from deploy.preflight import Check, Situation
from deploy.problems import Missing, RefusedError
from deploy.process import Runner
from deploy.target import read_target
from emulated.problems import EngineError
from tests.deploy.conftest import REPOSITORY, StandIn, change_stack, situation_of

FILE_BACKEND = json.dumps({"user": "me", "url": "file:///somewhere/state"})


@pytest.fixture
def staging(root: Path, environ: dict[str, str], pulumi: StandIn) -> Situation:
    return situation_of(read_target("staging", root), environ, pulumi)


def with_environ(situation: Situation, **variables: str) -> Situation:
    runner = Runner({**situation.runner.environ, **variables}, situation.runner.folder)
    assert isinstance(situation.engine, Engine)
    engine = dataclasses.replace(situation.engine, runner=runner)
    return dataclasses.replace(situation, runner=runner, engine=engine)


def said(check: Check, situation: Situation) -> list[str]:
    return [found.what for found in check.find(situation)]


def test_all_that_is_missing_is_reported_at_once(staging: Situation, pulumi: StandIn) -> None:
    def check(name: str) -> Check:
        return Check(name, lambda _situation: [Missing(f"no {name}", f"get {name}")])

    lines: list[str] = []
    checks = (check("cli"), Check("fine", lambda _situation: []), check("keys"))
    with pytest.raises(RefusedError) as refused:
        preflight.require(checks, staging, lines.append)
    assert [missing.what for missing in refused.value.missing] == ["no cli", "no keys"]
    assert "2 things are missing; staging was not touched" in refused.value.summary
    assert lines == ["  missing cli", "  ok      fine", "  missing keys"]


def test_nothing_is_missing_on_a_machine_that_has_it_all(staging: Situation) -> None:
    without_containers = tuple(c for c in preflight.FOR_UP if c is not preflight.CONTAINERS)
    preflight.require(without_containers, staging, lambda _line: None)


def test_every_placeholder_of_the_file_is_named(environ: dict[str, str], pulumi: StandIn) -> None:
    target = read_target("prod", REPOSITORY)
    (sentence,) = said(preflight.PLACEHOLDERS, situation_of(target, environ, pulumi))
    keys = target.settings.placeholders()
    assert sentence == f"Pulumi.prod.yaml still has example values: {', '.join(keys)}."
    assert "account-id" in keys


def test_without_a_terminal_the_changes_must_be_confirmed_beforehand(staging: Situation) -> None:
    unattended = dataclasses.replace(staging, answers=False)
    (missing,) = preflight.ANSWERS.find(unattended)
    assert "--yes" in missing.remedy


def test_a_missing_cli_is_said_once_and_hides_what_needs_it(staging: Situation) -> None:
    bare = dataclasses.replace(staging, engine=Missing("no CLI", "install it"))
    lines: list[str] = []
    checks = (preflight.CLI, preflight.BACKEND, preflight.PLUGINS)
    with pytest.raises(RefusedError) as refused:
        preflight.require(checks, bare, lines.append)
    assert refused.value.missing == (Missing("no CLI", "install it"),)
    assert [line.split()[0] for line in lines] == ["missing", "later", "later"]


def test_a_person_who_is_not_logged_in_learns_both_ways(
    staging: Situation, pulumi: StandIn
) -> None:
    pulumi.answers("whoami", err="error: PULUMI_ACCESS_TOKEN must be set for login\n", code=255)
    (missing,) = preflight.BACKEND.find(staging)
    assert "PULUMI_ACCESS_TOKEN must be set" in missing.what
    assert "pulumi login" in missing.remedy
    assert "PULUMI_BACKEND_URL=s3://" in missing.remedy


def test_state_in_plain_storage_needs_a_passphrase(staging: Situation, pulumi: StandIn) -> None:
    pulumi.answers("whoami", FILE_BACKEND)
    (missing,) = preflight.BACKEND.find(staging)
    assert "need a passphrase" in missing.what
    assert "PULUMI_CONFIG_PASSPHRASE" in missing.remedy


def test_a_passphrase_or_its_file_is_enough(
    staging: Situation, pulumi: StandIn, tmp_path: Path
) -> None:
    pulumi.answers("whoami", FILE_BACKEND)
    file = tmp_path / "passphrase"
    file.write_text("x")
    for given in ({"PULUMI_CONFIG_PASSPHRASE": ""}, {"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}):
        assert said(preflight.BACKEND, with_environ(staging, **given)) == []


def test_a_passphrase_file_that_is_not_there_is_named(staging: Situation, pulumi: StandIn) -> None:
    pulumi.answers("whoami", FILE_BACKEND)
    situation = with_environ(staging, PULUMI_CONFIG_PASSPHRASE_FILE="/nowhere/key")
    (sentence,) = said(preflight.BACKEND, situation)
    assert "/nowhere/key, which does not exist" in sentence


def test_a_key_of_aws_replaces_the_passphrase(
    root: Path, environ: dict[str, str], pulumi: StandIn
) -> None:
    pulumi.answers("whoami", FILE_BACKEND)
    path = root / "Pulumi.staging.yaml"
    path.write_text(f"secretsprovider: awskms://alias/state\n{path.read_text()}")
    situation = situation_of(read_target("staging", root), environ, pulumi)
    assert said(preflight.BACKEND, situation) == []


def test_plugins_are_left_to_pulumi_which_fetches_them(staging: Situation) -> None:
    assert said(preflight.PLUGINS, staging) == []


def test_where_pulumi_may_not_fetch_plugins_they_must_be_there(
    staging: Situation, pulumi: StandIn
) -> None:
    installed = {"name": "aws", "kind": "resource", "version": version("pulumi-aws")}
    pulumi.answers("plugin-ls", json.dumps([installed]))
    strict = with_environ(staging, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="true")
    (missing,) = preflight.PLUGINS.find(strict)
    number = version("pulumi-docker")
    assert f"plugin docker {number} is not installed" in missing.what
    assert f"pulumi plugin install resource docker {number}" in missing.remedy


def test_a_prebuilt_image_needs_neither_engine_nor_docker_plugin(
    root: Path, environ: dict[str, str], pulumi: StandIn
) -> None:
    uri = "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"
    target = change_stack(root, "staging", {"image.uri": uri})
    bare = environ | {"DOCKER_HOST": "unix:///nowhere"}
    assert said(preflight.CONTAINERS, situation_of(target, bare, pulumi)) == []


def test_an_image_that_is_built_needs_an_engine(
    root: Path, environ: dict[str, str], pulumi: StandIn
) -> None:
    bare = environ | {"DOCKER_HOST": "unix:///nowhere"}
    situation = situation_of(read_target("staging", root), bare, pulumi)
    (sentence,) = said(preflight.CONTAINERS, situation)
    assert sentence.startswith("No container engine answers")


def test_the_emulated_cloud_says_itself_what_engine_it_needs(
    root: Path, environ: dict[str, str], pulumi: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_found(_settings: object) -> None:
        raise EngineError("No engine was found.\nInstall one.\nOr start one.")

    monkeypatch.setattr(preflight, "find_engine", none_found)
    situation = situation_of(read_target("emulated", root), environ, pulumi)
    found = preflight.EMULATED_CONTAINERS.find(situation)
    assert found == [Missing("No engine was found.", "Install one.\nOr start one.")]


def test_the_account_is_asked_with_the_stacks_region(staging: Situation) -> None:
    asked: list[str] = []

    def identify(region: str) -> str:
        asked.append(region)
        return "999999999999"

    situation = dataclasses.replace(staging, identify=identify)
    (sentence,) = said(preflight.ACCOUNT, situation)
    assert asked == [staging.target.settings.region]
    assert "999999999999" in sentence
