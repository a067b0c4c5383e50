"""What the gates do and say: the steps of a release get exactly what the stack has made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import log

from infra.components.gate import item_of
from infra.image_content import folder_digest
from planning.plan import ROOT
from planning.recording import Recording
from release.clients import Clients
from release.phase import PhaseRequest
from release.problems import ReleaseError
from release.progress import SystemClock
from release.retention import RetentionRequest
from release.rollout import RolloutRequest, WatchedService
from tests.infra.hooks import announced, event, let_through
from tests.infra.planned import plan, service

RELEASE, ROLLOUT = "flaskapp-prod-release", "flaskapp-prod-rollout"
MIGRATIONS = "app/migrations/versions"


class Calls:
    """What the steps of a release were called with, none of which does anything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[tuple[str, tuple[Any, ...]]] = []
        self.problem: Exception | None = None
        for name in ("phase.run", "rollout.watch", "retention.expire"):
            monkeypatch.setattr(f"release.{name}", self._stand_in(name))

    def _stand_in(self, name: str) -> Callable[..., None]:
        def called(*arguments: Any) -> None:
            self.made.append((name, arguments))
            if self.problem:
                raise self.problem

        return called

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.made]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    return Calls(monkeypatch)


def own_schema() -> str:
    """The digest of the application's migrations; empty where it has none."""
    folder = ROOT / MIGRATIONS
    return folder_digest(folder) if folder.is_dir() else ""


def schema(recording: Recording) -> str:
    """The digest that a recording's release phase would compare."""
    monkeypatch = pytest.MonkeyPatch()
    with monkeypatch.context() as patched:
        calls = Calls(patched)
        let_through(recording.hooks[RELEASE], patched)
    ((_, (request, *_)),) = calls.made
    return str(request.schema)


class TestTheReleasePhase:
    """The task runs in the stack's own network, and its lines reach whoever waits."""

    def test_is_asked_for_with_what_the_stack_has_made(
        self, prod: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_through(prod.hooks[RELEASE], monkeypatch)
        ((name, (request, clients, say, clock)),) = calls.made
        told = prod.outputs
        assert name == "phase.run"
        assert request == PhaseRequest(
            prefix="flaskapp-prod",
            table_name=told["releases_table_name"],
            cluster=service(prod).inputs["cluster"],
            task_definition=told["task_definition_arns"]["release"],
            container="release",
            subnet_ids=tuple(told["private_subnet_ids"]),
            group_ids=(told["jobs_group_id"],),
            log_group="/flaskapp-prod/release",
            log_prefix="release",
            timeout_seconds=900,
            image=told["image"],
            command="flask deploy",
            configuration=request.configuration,
            schema=own_schema(),
            database_identifier="flaskapp-prod",
            snapshot=True,
            root=ROOT,
        )
        assert isinstance(clients, Clients)
        assert say == log.info, "its lines are not shown"
        assert isinstance(clock, SystemClock)

    def test_that_fails_fails_the_update_in_its_own_words(
        self, prod: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls.problem = ReleaseError("exit code 3\nThe services were not changed")
        with pytest.raises(ReleaseError, match=r"^exit code 3\nThe services were not changed$"):
            let_through(prod.hooks[RELEASE], monkeypatch)

    def test_says_in_a_preview_what_it_would_run_and_why(self, prod: Recording) -> None:
        hook = prod.hooks[RELEASE]
        before = {"command": "x", "configuration": "c", "image": "a"}
        after = {**before, "image": "b", "configuration": "d"}
        old, new = ({"item": item_of(1, passes)} for passes in (before, after))
        run = "release phase: would run `flask deploy` in a task of its own"
        (first,) = announced(hook, event(new))
        (changed,) = announced(hook, event(new, old))
        (unknown,) = announced(hook, event({"item": "04da6b54"}, old))
        assert all(said.startswith(run) for said in (first, changed, unknown))
        assert first.endswith("(first release)")
        assert changed.endswith("(configuration and image changed)")
        assert unknown.endswith("(image or configuration changed)"), "a preview knows no digest"


class TestTheSchema:
    """Its digest decides whether a snapshot is taken: an unknown one counts as changed."""

    def test_follows_the_migrations(self, tmp_path: Path) -> None:
        (tmp_path / "1.py").write_text("one")
        before = folder_digest(tmp_path)
        (tmp_path / "__pycache__").mkdir()
        (tmp_path / "__pycache__" / "1.pyc").write_bytes(b"compiled")
        assert folder_digest(tmp_path) == before, "each run of the migrations makes a snapshot"
        (tmp_path / "2.py").write_text("two")
        assert folder_digest(tmp_path) != before, "a migration runs without a restore point"

    def test_is_unknown_without_a_folder(self, bare: Recording) -> None:
        assert schema(bare) == ""
        assert schema(plan({"release.migrations-path": "app/nothing"})) == "", "a traceback"


class TestTheRollout:
    """Every service is watched, then what no kept release needs is let go."""

    def test_is_asked_for_with_what_the_stack_has_made(
        self, prod: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_through(prod.hooks[ROLLOUT], monkeypatch)
        assert calls.names == ["rollout.watch", "retention.expire"], (
            "old releases go before the new one serves"
        )
        told, (_, (request, *_)) = prod.outputs, calls.made[0]
        assert isinstance(request, RolloutRequest)
        assert request.services == tuple(
            WatchedService(
                process=name,
                service_name=f"flaskapp-prod-{name}",
                task_definition=told["task_definition_arns"][name],
                target_group_arn=told["target_group_arn"] if name == "web" else None,
                log_group=f"/flaskapp-prod/{name}",
                log_prefix=name,
                container=name,
            )
            for name in ("schedule", "web", "worker")
        )
        assert request.one_off_task_definitions == {
            name: told["task_definition_arns"][name] for name in ("release", "console")
        }
        assert request.timeout_seconds == 600
        assert (request.image, request.command) == (told["image"], "flask deploy")
        assert request.schema == own_schema()

    def test_completes_the_record_that_the_phase_began(
        self, prod: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for hook in (RELEASE, ROLLOUT):
            let_through(prod.hooks[hook], monkeypatch)
        (_, (phase, *_)), (_, (rollout, *_)), _ = calls.made
        for name in ("prefix", "table_name", "image", "command", "configuration", "schema"):
            assert getattr(phase, name) == getattr(rollout, name), (
                f"{name}: the record stays open and another one is begun"
            )

    def test_then_keeps_what_the_settings_say(
        self, prod: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_through(prod.hooks[ROLLOUT], monkeypatch)
        _, (request, *_) = calls.made[1]
        assert isinstance(request, RetentionRequest)
        names = ("release", "web", "worker", "schedule", "console")
        assert request.families == tuple(f"flaskapp-prod-{name}" for name in names)
        assert sorted(request.services) == sorted(prod.outputs["service_names"].values())
        assert request.repository_name == "flaskapp-prod"
        assert request.kept_releases == 30

    def test_that_fails_lets_nothing_go(
        self, prod: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        calls.problem = ReleaseError("ECS rolled back")
        with pytest.raises(ReleaseError, match="ECS rolled back"):
            let_through(prod.hooks[ROLLOUT], monkeypatch)
        assert calls.names == ["rollout.watch"], "the image to go back to is deleted"

    def test_of_web_alone_has_no_release_task(
        self, lone: Recording, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_through(lone.hooks[ROLLOUT], monkeypatch)
        _, (request, *_) = calls.made[0]
        assert [each.process for each in request.services] == ["web"]
        assert list(request.one_off_task_definitions) == ["console"]
        assert request.command == ""

    def test_says_in_a_preview_which_processes_it_would_replace(self, prod: Recording) -> None:
        hook = prod.hooks[ROLLOUT]
        before = {"web": "a:1", "worker": "b:1", "schedule": "c:1"}
        after = {**before, "web": "a:2", "worker": "b:2"}

        def said(new: object, passed: dict[str, str]) -> str:
            old = {"item": item_of(2, passed)} if passed else None
            (line,) = announced(hook, event({"item": new}, old))
            return line

        assert "new tasks of web, worker would replace" in said(item_of(2, after), before)
        assert "new tasks of schedule, web, worker would" in said(item_of(2, after), {})
        assert said("04da6b54", before).startswith("rollout: new tasks would replace the old ones")
        del after["schedule"]
        assert "schedule would end" in said(item_of(2, {"web": "a:1", "worker": "b:1"}), before)


class TestWhoIsAsked:
    """The releases speak with the account and the addresses that the stack speaks with."""

    @pytest.mark.parametrize("stack", ["prod", "emulated"])
    def test_is_the_stacks_aws(
        self, stack: str, calls: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        recording = plan(stack=stack)
        (hook,) = (each for name, each in recording.hooks.items() if name.endswith("-release"))
        accesses: list[Any] = []
        monkeypatch.setattr("release.clients.Clients", accesses.append)
        let_through(hook, monkeypatch)
        (access,) = accesses
        address = "http://127.0.0.1:4566" if stack == "emulated" else None
        account = "123456789012" if stack == "emulated" else "000000000000"
        assert (access.account_id, access.region) == (account, "us-east-1")
        assert access.endpoints.get("default") == address, "an emulated release reaches AWS"
