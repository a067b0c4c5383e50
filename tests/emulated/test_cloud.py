"""Start, stop and status against an engine in memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulated import cloud, containers, health, plain
from emulated.containers import keep_logs
from emulated.engine import Engine
from emulated.problems import CloudError, EngineError
from emulated.record import ServerProcess, read_record, record_of, write_record
from emulated.settings import CloudSettings
from tests.emulated.fake_engine import FakeClient, engine_with, running_cloud


class World:
    """What the life cycle sees of this machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = FakeClient()
        self.engine: Engine | None = engine_with(self.client)
        self.comes_up = True
        self.asked: list[CloudSettings] = []
        for module in (cloud, health):
            monkeypatch.setattr(module, "is_healthy", self.is_healthy)
        monkeypatch.setattr(cloud, "find_engine", self.find_engine)
        monkeypatch.setattr(containers, "check_ports", lambda _: None)
        monkeypatch.setattr(containers, "wait_until_healthy", self.wait)
        monkeypatch.setattr(cloud, "start_plain", self.start_plain)

    def find_engine(self, settings: CloudSettings) -> Engine:
        self.asked.append(settings)
        if self.engine is None:
            raise EngineError("No container engine was found. Install one.")
        return self.engine

    def is_healthy(self, settings: CloudSettings) -> bool:
        record = read_record(settings.state_dir)
        return (
            self.comes_up
            and bool(record)
            and bool(self.client.containers.things or not self.engine)
        )

    def wait(self, settings: CloudSettings, **_: object) -> float:
        if not self.comes_up:
            raise CloudError("The container trial-aws ended by itself.")
        return 3.0

    def start_plain(self, settings: CloudSettings, report: object) -> float:
        write_record(settings.state_dir, record_of(settings))
        return 2.0


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


class TestStart:
    """A start leads to the one cloud that was asked for, or says what is in the way."""

    def test_an_engine_gives_a_cloud_with_containers(
        self, world: World, settings: CloudSettings
    ) -> None:
        started = cloud.start(settings=settings)
        assert started.containers
        assert started.environment["DOCKER_HOST"] == "unix:///var/run/docker.sock"
        assert [c.name for c in world.client.containers.things] == [
            "trial-aws",
            "trial-moto",
            "trial-credentials",
        ]

    def test_without_an_engine_records_only_and_the_reason_is_said(
        self, world: World, settings: CloudSettings
    ) -> None:
        world.engine, said = None, list[str]()
        started = cloud.start(settings=settings, report=said.append)
        assert not started.containers
        assert "DOCKER_HOST" not in started.environment
        assert "Install one" in "\n".join(said), "nobody would know why no page answers"

    def test_containers_that_were_asked_for_are_not_left_out_silently(
        self, world: World, settings: CloudSettings
    ) -> None:
        world.engine = None
        with pytest.raises(EngineError, match="Install one"):
            cloud.start(containers=True, settings=settings)

    def test_no_containers_asks_no_engine(self, world: World, settings: CloudSettings) -> None:
        cloud.start(containers=False, settings=settings)
        assert not world.asked

    def test_a_second_start_makes_nothing(self, world: World, settings: CloudSettings) -> None:
        first = cloud.start(settings=settings)
        made = len(world.client.api.made)
        again = cloud.start(settings=settings)
        assert len(world.client.api.made) == made, "two clouds would fight for the ports"
        assert again == replace(first, seconds=0.0)

    @pytest.mark.parametrize("other", [{"aws_port": 14600}, {"name": "second"}])
    def test_a_start_with_other_settings_names_the_one_that_runs(
        self, world: World, settings: CloudSettings, other: dict[str, object]
    ) -> None:
        cloud.start(settings=settings)
        with pytest.raises(CloudError, match=r"already runs here as trial, ports 14566 and 14577"):
            cloud.start(settings=replace(settings, **other))  # type: ignore[arg-type]

    def test_a_start_of_the_other_kind_names_the_one_that_runs(
        self, world: World, settings: CloudSettings
    ) -> None:
        cloud.start(settings=settings)
        with pytest.raises(CloudError, match="with containers already runs"):
            cloud.start(containers=False, settings=settings)

    def test_leftovers_of_an_interrupted_start_are_removed_first(
        self, world: World, settings: CloudSettings
    ) -> None:
        running_cloud(world.client, settings.name, str(settings.folder))
        said: list[str] = []
        cloud.start(settings=settings, report=said.append)
        assert len(world.client.containers.things) == 3
        assert any("5 containers" in line for line in said)

    def test_servers_that_do_not_come_up_show_their_last_words_and_leave_nothing(
        self, world: World, settings: CloudSettings
    ) -> None:
        world.comes_up, world.client.first_output = False, b"Traceback\nImportError: no module\n"
        with pytest.raises(CloudError, match="ImportError: no module"):
            cloud.start(settings=settings)
        assert not world.client.containers.things, "the next start would find the names taken"
        assert not world.client.networks.things
        assert read_record(settings.state_dir) is None
        assert "ImportError" in (settings.state_dir / "log" / "aws.log").read_text()

    def test_an_interrupted_start_is_cleaned_by_stop(
        self, world: World, settings: CloudSettings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object, **__: object) -> float:
            raise KeyboardInterrupt

        monkeypatch.setattr(containers, "wait_until_healthy", interrupt)
        with pytest.raises(KeyboardInterrupt):
            cloud.start(settings=settings)
        assert cloud.stop(settings=settings).removed.containers == 3
        assert not world.client.containers.things

    def test_two_starts_at_once_are_kept_apart(self, world: World, settings: CloudSettings) -> None:
        with cloud.only_one(settings), pytest.raises(CloudError, match="Another start or stop"):
            cloud.start(settings=settings)


class TestStop:
    """Stop leaves nothing, says so, and takes nothing of anybody else."""

    def test_stop_removes_what_start_and_the_cloud_made(
        self, world: World, settings: CloudSettings
    ) -> None:
        cloud.start(settings=settings)
        world.client.containers.add("trial-ecs-1-web", Labels={"trial": "ecs"})
        stopped = cloud.stop(settings=settings)
        assert stopped.removed.containers == 4
        assert read_record(settings.state_dir) is None

    def test_stop_uses_the_engine_and_the_name_of_the_start(
        self, world: World, settings: CloudSettings
    ) -> None:
        cloud.start(settings=settings)
        changed = replace(settings, name="second", engine_host="unix:///other.sock")
        assert cloud.stop(settings=changed).removed.containers == 3
        assert world.asked[-1].engine_host == "unix:///var/run/docker.sock"

    def test_stop_without_anything_is_no_problem(
        self, world: World, settings: CloudSettings
    ) -> None:
        world.engine = None
        assert cloud.stop(settings=settings) == cloud.Stopped()

    def test_an_engine_that_went_away_is_named(self, world: World, settings: CloudSettings) -> None:
        cloud.start(settings=settings)
        world.engine = None
        with pytest.raises(CloudError, match="start it, then run `python -m emulated stop` again"):
            cloud.stop(settings=settings)
        assert read_record(settings.state_dir), "the containers would be forgotten"

    def test_another_folders_cloud_stays_unless_it_is_meant(
        self, world: World, settings: CloudSettings
    ) -> None:
        running_cloud(world.client, settings.name, "/home/me/other")
        with pytest.raises(CloudError, match="/home/me/other"):
            cloud.stop(settings=settings)
        assert len(world.client.containers.things) == 5
        assert cloud.stop(settings=settings, any_folder=True).removed.containers == 5

    def test_a_plain_clouds_stop_leaves_another_folders_containers(
        self, world: World, settings: CloudSettings
    ) -> None:
        cloud.start(containers=False, settings=settings)
        running_cloud(world.client, settings.name, "/home/me/other")
        cloud.stop(settings=settings)
        assert len(world.client.containers.things) == 5

    def test_caches_go_when_they_are_meant(self, world: World, settings: CloudSettings) -> None:
        cloud.start(settings=settings)
        for name in ("localhost:14566/app:1", "localhost:5000/mine:1", "postgres:17"):
            world.client.images.add(name)
        (settings.state_dir / "venv").mkdir()
        assert cloud.stop(settings=settings).caches == ()
        removed = cloud.stop(settings=settings, caches=True).caches
        assert "localhost:14566/app:1" in removed
        assert str(settings.state_dir / "venv") in removed
        left = [t.name for t in world.client.images.things]
        assert left == ["localhost:5000/mine:1", "postgres:17"]


class TestStatus:
    """Status tells what is, without changing it."""

    def test_nothing_was_started(self, world: World, settings: CloudSettings) -> None:
        assert cloud.status(settings=settings) == cloud.Status(running=False)
        assert cloud.running(settings=settings) is None

    def test_it_counts_what_the_cloud_made(self, world: World, settings: CloudSettings) -> None:
        cloud.start(settings=settings)
        for number in (1, 2):
            world.client.containers.add(f"trial-ecs-{number}", Labels={"trial": "ecs"})
        world.client.containers.add("trial-rds", Labels={"trial": "rds"})
        found = cloud.status(settings=settings)
        assert (found.running, found.healthy) == (True, True)
        assert found.resources == {"ecs": 2, "rds": 1}

    def test_a_dead_server_is_seen(self, world: World, settings: CloudSettings) -> None:
        cloud.start(settings=settings)
        world.client.containers.get("trial-moto").kill()
        assert not cloud.status(settings=settings).running

    def test_a_silent_engine_is_named(self, world: World, settings: CloudSettings) -> None:
        cloud.start(settings=settings)
        world.engine = None
        found = cloud.status(settings=settings)
        assert not found.healthy
        assert "does not answer" in found.engine

    def test_plain_servers_that_ended_are_seen(self, world: World, settings: CloudSettings) -> None:
        gone = record_of(settings).with_processes((ServerProcess("aws", 2**22 + 1, 0.0),))
        write_record(settings.state_dir, gone)
        assert not cloud.status(settings=settings).running


def test_the_environment_leads_every_sdk_to_this_machine(
    world: World, settings: CloudSettings
) -> None:
    environment = cloud.start(settings=settings).environment
    urls = {v for n, v in environment.items() if n.startswith("AWS_ENDPOINT_URL")}
    assert urls == {"http://127.0.0.1:14566", "http://127.0.0.1:14577"}
    assert environment["AWS_ACCESS_KEY_ID"] == "test", "a real key would travel"


def test_the_services_that_ministack_lacks_go_to_moto(
    world: World, settings: CloudSettings
) -> None:
    overrides = cloud.start(settings=settings).endpoint_overrides
    assert set(overrides) == {"application-autoscaling", "backup", "wafv2"}
    assert set(overrides.values()) == {"http://127.0.0.1:14577"}


def test_logs_are_kept_for_reading_after_a_failure(settings: CloudSettings) -> None:
    client = FakeClient()
    running_cloud(client, settings.name, str(settings.folder))
    client.containers.get("trial-moto").output = b"\n".join(b"line %d" % n for n in range(100))
    story = keep_logs(engine_with(client), settings)
    assert "line 99" in story
    assert "line 10\n" not in story, "a message of a hundred lines hides its beginning"
    assert "line 10\n" in (settings.state_dir / "log" / "moto.log").read_text()


def test_a_plain_start_that_fails_shows_the_servers_last_lines(settings: CloudSettings) -> None:
    (settings.state_dir / "log").mkdir(parents=True)
    (settings.state_dir / "log" / "aws.log").write_text("started\nport 14566 refused\n")
    assert "port 14566 refused" in plain.last_lines(settings)
