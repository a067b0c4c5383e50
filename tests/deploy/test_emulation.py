"""`STACK=emulated`: both come up, both go, and nothing of a person's account is ever used."""

import dataclasses
import json
import os
import socket
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy import emulation, page, preflight
from deploy.emulation import PASSPHRASE, STATE, Emulation
from deploy.preflight import Situation
from deploy.problems import Missing, RefusedError
from deploy.report import Report
from deploy.target import read_target
from emulated.access import Cloud
from emulated.problems import CloudError
from tests.deploy.conftest import REPOSITORY, StandIn, change_stack, situation_of

MAIN = "http://127.0.0.1:4566"


class FakeCloud:
    """The life cycle of the emulated cloud, without one."""

    def __init__(self) -> None:
        self.runs = False
        self.calls: list[str] = []
        self.endpoint_url = MAIN
        self.problem = ""

    def start(self, **_options: object) -> Cloud:
        self.calls.append("start")
        if self.problem:
            raise CloudError(self.problem)
        self.runs = True
        return self._description()

    def running(self) -> Cloud | None:
        return self._description() if self.runs else None

    def stop(self, **_options: object) -> None:
        self.calls.append("stop")
        if self.problem:
            raise CloudError(self.problem)
        self.runs = False

    def _description(self) -> Cloud:
        environment = {"AWS_ENDPOINT_URL": self.endpoint_url, "AWS_REGION": "us-east-1"}
        return Cloud(
            endpoint_url=self.endpoint_url,
            endpoint_overrides={},
            containers=True,
            environment=environment,
        )


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    fake = FakeCloud()
    monkeypatch.setattr(emulation, "cloud", fake)
    monkeypatch.setattr(page, "answers", lambda _page: True)
    monkeypatch.setattr(preflight, "FOR_EMULATED_UP", (preflight.CLI, preflight.PLUGINS))
    return fake


@pytest.fixture
def situation(root: Path, environ: dict[str, str], pulumi: StandIn) -> Situation:
    arn = "arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/emu-web-1/0a1b"
    pulumi.answers("stack-output", json.dumps({"address": "http://aws.test/", "balancer_arn": arn}))
    private = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "t", "PULUMI_ACCESS_TOKEN": "pul-1"}
    return situation_of(read_target("emulated", root), environ | private, pulumi)


def emulate(situation: Situation) -> Emulation:
    return Emulation(situation, Report())


def state(root: Path) -> Path:
    folder = root / STATE
    folder.mkdir()
    return folder


def lock(root: Path, pid: int, host: str = "") -> None:
    folder = root / STATE / ".pulumi/locks/organization/flask-fargate/emulated"
    folder.mkdir(parents=True)
    content = {"pid": pid, "username": "me", "hostname": host or socket.gethostname()}
    (folder / "1.json").write_text(json.dumps(content))


class TestUp:
    """The cloud first, then a real `pulumi up` that can only reach the cloud."""

    def test_pulumi_gets_test_keys_a_local_state_and_nothing_private(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
    ) -> None:
        assert emulate(situation).up() == 0
        given = pulumi.environment_of("up")
        assert given["AWS_ACCESS_KEY_ID"] == given["AWS_SECRET_ACCESS_KEY"] == "test"
        assert given["AWS_ENDPOINT_URL"] == MAIN
        assert given["PULUMI_BACKEND_URL"] == f"file://{root / STATE}"
        assert given["PULUMI_CONFIG_PASSPHRASE"] == PASSPHRASE
        for private in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "PULUMI_ACCESS_TOKEN"):
            assert private not in given, f"{private} would be handed to an emulator"
        assert pulumi.called("up") == ["up --stack emulated --yes"]

    def test_the_keys_reach_the_child_only(
        self, situation: Situation, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        emulate(situation).up()
        assert "AWS_ACCESS_KEY_ID" not in os.environ

    def test_it_ends_with_the_address_and_how_to_stop(
        self, situation: Situation, cloud: FakeCloud, capsys: pytest.CaptureFixture[str]
    ) -> None:
        emulate(situation).up()
        *_, address, hint = capsys.readouterr().out.splitlines()
        assert address == "The application is at http://emu-web-1.alb.localhost:4566/"
        assert hint == "To stop and remove all of it: make down STACK=emulated"

    def test_a_page_that_does_not_answer_is_a_failure(
        self,
        situation: Situation,
        cloud: FakeCloud,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(page, "answers", lambda _page: False)
        assert emulate(situation).up() == 1
        assert "has not answered within 60 s" in capsys.readouterr().out

    def test_a_missing_cli_is_said_before_the_cloud_is_started(
        self, situation: Situation, cloud: FakeCloud
    ) -> None:
        bare = dataclasses.replace(situation, engine=Missing("no CLI", "install it"))
        with pytest.raises(RefusedError) as refused:
            emulate(bare).up()
        assert refused.value.missing == (Missing("no CLI", "install it"),)
        assert cloud.calls == []

    def test_a_cloud_that_does_not_start_is_said_in_its_own_words(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn
    ) -> None:
        cloud.problem = "Port 4566 is in use.\nStop what listens there."
        with pytest.raises(RefusedError) as refused:
            emulate(situation).up()
        expected = Missing("Port 4566 is in use.", "Stop what listens there.")
        assert refused.value.missing == (expected,)
        assert not pulumi.called("up")

    def test_a_cloud_at_other_addresses_than_the_file_names_is_refused(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn
    ) -> None:
        cloud.endpoint_url = "http://127.0.0.1:4600"
        with pytest.raises(RefusedError) as refused:
            emulate(situation).up()
        assert f"Pulumi.emulated.yaml names {MAIN}" in refused.value.missing[0].what
        assert not pulumi.called("up")

    def test_a_failed_up_keeps_the_cloud_and_says_both_ways_on(
        self,
        situation: Situation,
        cloud: FakeCloud,
        pulumi: StandIn,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        pulumi.answers("up", code=255)
        assert emulate(situation).up() == 255
        assert cloud.runs
        assert "make down STACK=emulated first" in capsys.readouterr().out

    def test_the_lock_of_a_command_that_was_cut_off_is_taken_off(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
    ) -> None:
        lock(root, pid=2**22 + 1)
        emulate(situation).up()
        assert pulumi.called("cancel") == ["cancel emulated --yes --non-interactive"]


class TestDown:
    """Whatever happened before, afterwards nothing is left."""

    def test_the_stack_is_destroyed_then_the_cloud_then_the_state(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
    ) -> None:
        cloud.runs = True
        folder = state(root)
        assert emulate(situation).down() == 0
        assert pulumi.called("destroy") == ["destroy --stack emulated --yes --skip-preview"]
        assert cloud.calls == ["stop"]
        assert not folder.exists()

    def test_a_cloud_that_has_died_needs_no_destroy(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
    ) -> None:
        folder = state(root)
        assert emulate(situation).down() == 0
        assert not pulumi.called("destroy"), "it would wait for an AWS that is not there"
        assert cloud.calls == ["stop"], "its containers may still run"
        assert not folder.exists(), "the next up would believe that things exist"

    def test_a_destroy_that_fails_does_not_keep_the_cloud(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
    ) -> None:
        cloud.runs = True
        folder = state(root)
        pulumi.answers("destroy", code=255)
        assert emulate(situation).down() == 0
        assert not cloud.runs
        assert not folder.exists()

    def test_without_a_cli_the_cloud_still_goes(
        self, situation: Situation, cloud: FakeCloud, root: Path
    ) -> None:
        cloud.runs = True
        folder = state(root)
        bare = dataclasses.replace(situation, engine=Missing("no CLI", "install it"))
        assert emulate(bare).down() == 0
        assert not cloud.runs
        assert not folder.exists()

    def test_what_was_never_up_can_be_taken_down(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn
    ) -> None:
        assert emulate(situation).down() == 0
        assert pulumi.calls == []

    def test_a_cloud_that_cannot_be_stopped_keeps_the_state(
        self, situation: Situation, cloud: FakeCloud, root: Path
    ) -> None:
        folder = state(root)
        cloud.problem = "The engine does not answer.\nStart it."
        with pytest.raises(RefusedError):
            emulate(situation).down()
        assert folder.exists(), "the next down would not know what to destroy"


class TestLocks:
    """Only the lock of a command that has ended is taken off."""

    def test_a_living_command_is_not_disturbed(
        self, situation: Situation, cloud: FakeCloud, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Process:
            def __init__(self, pid: int) -> None:
                self.pid = pid

            def name(self) -> str:
                return "pulumi"

        monkeypatch.setattr(psutil, "Process", Process)
        lock(root, pid=4711)
        with pytest.raises(RefusedError) as refused:
            emulate(situation).up()
        assert "(process 4711)" in refused.value.missing[0].what

    def test_another_program_with_the_same_process_id_holds_nothing(
        self, situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
    ) -> None:
        lock(root, pid=os.getpid())
        assert emulate(situation).up() == 0
        assert pulumi.called("cancel")

    @pytest.mark.parametrize("content", ["", "{}", "[]", '{"pid": "x", "hostname": 1}'])
    def test_a_damaged_lock_is_nobodys(
        self, situation: Situation, cloud: FakeCloud, root: Path, content: str
    ) -> None:
        lock(root, pid=1)
        next((root / STATE).glob("**/1.json")).write_text(content)
        assert emulate(situation).up() == 0


def test_the_first_up_leaves_the_stacks_file_as_it_is() -> None:
    content = (REPOSITORY / "Pulumi.emulated.yaml").read_text()
    assert "\nencryptionsalt: v1:" in content, "Pulumi would write one into a tracked file"


def test_a_preview_needs_the_cloud(
    situation: Situation, cloud: FakeCloud, pulumi: StandIn, root: Path
) -> None:
    with pytest.raises(RefusedError) as refused:
        emulate(situation).preview()
    assert "make up STACK=emulated" in refused.value.missing[0].remedy
    cloud.runs = True
    state(root)
    assert emulate(situation).preview() == 0
    assert pulumi.environment_of("preview")["AWS_ENDPOINT_URL"] == MAIN


def test_the_address_decides_what_is_emulated_and_not_the_name(root: Path) -> None:
    here: dict[str, Any] = {"aws-endpoints": {"default": MAIN}}
    assert change_stack(root, "staging", here).settings.emulated
    assert not change_stack(root, "emulated", {"aws-endpoints": {}}).settings.emulated
