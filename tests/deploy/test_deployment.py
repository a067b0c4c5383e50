"""A stack in AWS: Pulumi is told the right thing, and its exit code is ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy import leftovers, preflight
from deploy.deployment import Deployment
from deploy.problems import RefusedError
from deploy.report import Report
from deploy.target import Target, read_target
from tests.deploy.conftest import StandIn, change_stack, situation_of

UNPROTECTED: dict[str, object] = {
    "safeguards.protect": False,
    "database.deletion-protection": False,
    "balancer.deletion-protection": False,
    "registry.force-delete": True,
    "backup.vault-lock": False,
    "backup.vault-force-destroy": True,
}


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds anything; AWS lists nothing. What the checks find has tests of its own."""
    checks = tuple(check for check in preflight.FOR_UP if check is not preflight.CONTAINERS)
    monkeypatch.setattr(preflight, "FOR_UP", checks)
    monkeypatch.setattr(leftovers, "find", lambda *_: leftovers.Leftovers())


@pytest.fixture
def staging(root: Path) -> Target:
    return change_stack(root, "staging", UNPROTECTED)


def deploy(
    target: Target, environ: dict[str, str], pulumi: StandIn, *, as_json: bool = False
) -> Deployment:
    return Deployment(situation_of(target, environ, pulumi), Report(as_json))


def nobody(_question: str) -> str:
    raise EOFError


def in_state(pulumi: StandIn, token: str, **inputs: Any) -> None:
    entry = {"urn": f"urn::{token}::it", "type": token, "custom": True, "id": "i", "inputs": inputs}
    pulumi.answers("stack-export", json.dumps({"deployment": {"resources": [entry]}}))


class TestUp:
    """`pulumi up`, with the stack created on the first time."""

    def test_the_stack_is_selected_and_brought_up(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        assert deploy(staging, environ, pulumi).up(confirmed=True) == 0
        assert pulumi.called("stack select") == ["stack select staging --create --non-interactive"]
        assert pulumi.called("up") == ["up --stack staging --yes"]

    def test_a_person_is_asked_by_pulumi_unless_they_confirmed(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        deploy(staging, environ, pulumi).up(confirmed=False)
        assert pulumi.called("up") == ["up --stack staging"], "changes happen unasked"

    def test_pulumis_exit_code_is_passed_on_with_how_to_go_on(
        self,
        staging: Target,
        environ: dict[str, str],
        pulumi: StandIn,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        pulumi.answers("up", code=42)
        assert deploy(staging, environ, pulumi).up(confirmed=True) == 42
        assert "To go on: make up STACK=staging" in capsys.readouterr().out
        assert not pulumi.called("stack output")

    def test_a_key_named_in_the_file_is_used_for_a_new_stack(
        self, root: Path, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        path = root / "Pulumi.staging.yaml"
        path.write_text(f"secretsprovider: awskms://alias/state\n{path.read_text()}")
        deploy(read_target("staging", root), environ, pulumi).up(confirmed=True)
        (call,) = pulumi.called("stack select")
        assert "--secrets-provider awskms://alias/state" in call

    def test_a_stack_that_cannot_be_opened_is_refused_in_pulumis_words(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        pulumi.answers("stack-select", err="error: incorrect passphrase\n", code=255)
        with pytest.raises(RefusedError) as refused:
            deploy(staging, environ, pulumi).up(confirmed=True)
        assert "incorrect passphrase" in refused.value.missing[0].what
        assert not pulumi.called("up")

    def test_a_missing_thing_means_that_pulumi_changes_nothing(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        foreign = environ | {"AWS_REGION": "eu-west-1"}
        with pytest.raises(RefusedError):
            deploy(staging, foreign, pulumi).up(confirmed=True)
        assert not pulumi.called("stack select")
        assert not pulumi.called("up")

    def test_the_address_comes_last(
        self,
        staging: Target,
        environ: dict[str, str],
        pulumi: StandIn,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        outputs = {"names": {"web": "w"}, "ids": ["a", "b"], "address": "https://app.acme.test/"}
        pulumi.answers("stack-output", json.dumps(outputs))
        deploy(staging, environ, pulumi).up(confirmed=True)
        lines = capsys.readouterr().out.splitlines()
        assert lines[-1] == "The application is at https://app.acme.test/"
        assert "  - names.web  w" in lines
        assert "  - ids        a b" in lines

    def test_a_program_reads_one_json_object(
        self,
        staging: Target,
        environ: dict[str, str],
        pulumi: StandIn,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        pulumi.answers("up", "progress of pulumi\n")
        deploy(staging, environ, pulumi, as_json=True).up(confirmed=True)
        captured = capfd.readouterr()
        assert json.loads(captured.out)["address"] == "https://www.test/"
        assert "progress of pulumi" in captured.err


class TestPreview:
    """`pulumi preview` changes nothing, not even a list of stacks."""

    def test_a_stack_is_not_created_by_a_preview(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        pulumi.answers("preview", code=3)
        assert deploy(staging, environ, pulumi).preview() == 3
        assert pulumi.called("stack select") == ["stack select staging --non-interactive"]

    def test_a_stack_that_was_never_up_says_how_to_create_it(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        pulumi.answers("stack-select", err="error: no stack named 'staging' found\n", code=255)
        with pytest.raises(RefusedError) as refused:
            deploy(staging, environ, pulumi).preview()
        assert refused.value.missing[0].remedy == "Create it with: make up STACK=staging"


class TestDown:
    """Nothing is deleted that the settings protect, nor anything that nobody asked for."""

    def test_prod_is_refused_with_every_key_and_both_steps(
        self, root: Path, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        with pytest.raises(RefusedError) as refused:
            deploy(read_target("prod", root), environ, pulumi).down(confirmed=True, ask=nobody)
        remedies = " ".join(missing.remedy for missing in refused.value.missing)
        for key in UNPROTECTED:
            section, _, name = key.partition(".")
            assert f"{section}: {name}:" in remedies, f"nobody learns that {key} must change"
        assert "1. write in Pulumi.prod.yaml" in refused.value.summary
        assert "make up STACK=prod" in refused.value.summary
        assert "2. make down STACK=prod" in refused.value.summary
        assert pulumi.calls == [], "not even the state is asked for"

    def test_staging_as_it_stands_can_be_taken_down(
        self, root: Path, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        staging = read_target("staging", root)
        assert deploy(staging, environ, pulumi).down(confirmed=True, ask=nobody) == 0
        assert pulumi.called("destroy")

    @pytest.mark.parametrize("key", sorted(UNPROTECTED))
    def test_each_protection_alone_is_enough_to_refuse(
        self, root: Path, environ: dict[str, str], pulumi: StandIn, key: str
    ) -> None:
        changes = {name: value for name, value in UNPROTECTED.items() if name != key}
        if key == "safeguards.protect":
            # A protected stack must keep these, by its own rules.
            changes = {"registry.force-delete": True, "backup.vault-lock": False}
        if key == "backup.vault-lock":
            changes["backup.vault-force-destroy"] = False
        prod = change_stack(root, "prod", changes)
        with pytest.raises(RefusedError):
            deploy(prod, environ, pulumi).down(confirmed=True, ask=nobody)
        assert not pulumi.called("destroy")

    def test_protection_that_is_off_in_the_file_but_was_not_applied_still_refuses(
        self, root: Path, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        in_state(pulumi, "aws:rds/instance:Instance", deletionProtection=True)
        prod = change_stack(root, "prod", UNPROTECTED)
        with pytest.raises(RefusedError) as refused:
            deploy(prod, environ, pulumi).down(confirmed=True, ask=nobody)
        assert "First: make up STACK=prod" in refused.value.summary
        assert not pulumi.called("destroy"), "it would fail half way, with half of it deleted"

    def test_it_is_the_settings_that_protect_and_not_the_name(
        self, root: Path, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        prod = change_stack(root, "prod", UNPROTECTED)
        assert deploy(prod, environ, pulumi).down(confirmed=True, ask=nobody) == 0
        assert pulumi.called("destroy") == ["destroy --stack prod --yes --skip-preview"]

    def test_what_goes_and_what_stays_is_shown_before_the_question(
        self,
        staging: Target,
        environ: dict[str, str],
        pulumi: StandIn,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        in_state(pulumi, "aws:rds/instance:Instance", finalSnapshotIdentifier="app-final")
        shown: list[str] = []

        def ask(question: str) -> str:
            shown.append(capsys.readouterr().out)
            assert "(staging)" in question
            return "staging"

        assert deploy(staging, environ, pulumi).down(confirmed=False, ask=ask) == 0
        assert "1 x rds instance" in shown[0]
        assert "final snapshot app-final" in shown[0]
        assert pulumi.called("destroy"), "the right name was typed"

    @pytest.mark.parametrize("typed", ["", "prod", "yes", "stagin"])
    def test_any_other_answer_deletes_nothing(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn, typed: str
    ) -> None:
        with pytest.raises(RefusedError) as refused:
            deploy(staging, environ, pulumi).down(confirmed=False, ask=lambda _question: typed)
        assert "nothing was deleted" in refused.value.missing[0].what
        assert not pulumi.called("destroy")

    def test_nobody_there_to_answer_deletes_nothing(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        with pytest.raises(RefusedError):
            deploy(staging, environ, pulumi).down(confirmed=False, ask=nobody)
        assert not pulumi.called("destroy")

    def test_a_destroy_that_fails_is_passed_on(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        pulumi.answers("destroy", code=9)
        assert deploy(staging, environ, pulumi).down(confirmed=True, ask=nobody) == 9

    def test_a_stack_that_never_was_is_said_to_be_nothing(
        self, staging: Target, environ: dict[str, str], pulumi: StandIn
    ) -> None:
        pulumi.answers("stack-export", err="error: no stack named 'staging' found\n", code=255)
        with pytest.raises(RefusedError) as refused:
            deploy(staging, environ, pulumi).down(confirmed=True, ask=nobody)
        assert "no stack named 'staging' found" in refused.value.missing[0].what

    @pytest.mark.parametrize(
        ("found", "said"),
        [
            (leftovers.Leftovers(), "Nothing is left."),
            (leftovers.Leftovers(meant=("arn:1",)), "  - arn:1"),
            (leftovers.Leftovers(unexpected=("arn:2",)), "  - arn:2"),
            (leftovers.Leftovers(unknown="AccessDenied"), "AccessDenied"),
        ],
    )
    def test_what_is_left_is_said_last(
        self,
        staging: Target,
        environ: dict[str, str],
        pulumi: StandIn,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        found: leftovers.Leftovers,
        said: str,
    ) -> None:
        asked: list[Any] = []

        def find(tags: Any, region: str) -> leftovers.Leftovers:
            asked.append((tags, region))
            return found

        monkeypatch.setattr(leftovers, "find", find)
        assert deploy(staging, environ, pulumi).down(confirmed=True, ask=nobody) == 0
        assert capsys.readouterr().out.rstrip().endswith(said)
        assert asked == [({"Project": "flaskapp", "Environment": "staging"}, "us-east-1")]
