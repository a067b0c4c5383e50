"""The settings: what is accepted, frozen, and worth a warning."""

import pytest
from pydantic import BaseModel, ValidationError

from infra.checks import FARGATE_MEMORY_MIB, LOG_RETENTION_DAYS, windows_overlap
from infra.process_sections import Process, Release
from infra.refusals import model_in
from infra.sections import Database, Waf
from infra.settings import Settings
from tests.infra.changing import changed, problems_of
from tests.infra.planned import BARE, settings

DAY, WEEK = 24 * 60, 7 * 24 * 60
# Changes that must pass: the refusals next to them must not reach too far.
GOOD = [
    {"app-name": "twelvelettr"},
    {"app-name": "a", "stage": "production-eu"},
    {"app-name": "a2-b3"},
    {"owner": "Web Team ops@example.com"},
    {"repository": "git@github.com:me/app"},
    {"region": "ap-southeast-2", "network.zones": ["ap-southeast-2a", "ap-southeast-2c"]},
    {"network.cidr": "172.18.0.0/20"},
    {"network.cidr": "192.168.0.0/16"},
    {"network.peer-cidrs": ["10.31.0.0/16", "10.29.255.0/24"]},
    {"network.zones": ["us-east-1f", "us-east-1a"]},
    {"domain.name": "example.com"},
    {"domain.further-names": ["example.com", "a.b.example.com"]},
    {"domain.name": f"{'a' * 52}.example.com"},
    {"balancer.health-path": "/"},
    {"balancer.health-path": "/health/live_z-1.txt"},
    {"database.engine-version": "15"},
    {"database.instance-class": "db.r8g.8xlarge"},
    {"database.max-storage-gib": 20},
    {"database.name": "a_1"},
    {"database.backup-window": "23:30-00:30"},
    {"database.maintenance-window": "mon:23:00-tue:02:00"},
    {"database.maintenance-window": "Sun:06:00-Sun:07:00"},
    {"database.log-exports": []},
    {"database.slow-statement-ms": -1},
    {"service.cpu-units": 16384, "service.memory-mib": 122880},
    {"service.longest-request-seconds": 15},
    {"image.uri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1.2.3"},
    {"image.uri": "localhost:5000/app:latest-is-not-this"},
    {"image.uri": "example/app:1.2@sha256:" + "0" * 64},
    {"autoscaling.min-tasks": 6},
    {"backup.continuous-days": 0, "database.backup-retention-days": 1},
    {"backup.rules": []},
    {"backup.rules.0.cron": "cron(0 23 * * ? *)"},
    {"backup.rules.1.keep-days": 8},
    {"logs.retention-days": 3653},
    {"credentials.recovery-window-days": 7},
    {"database.app-user": "polls_1"},
    {"processes.schedule.min-tasks": 3, "processes.schedule.max-tasks": 3},
    {"processes.schedule.stop-timeout-seconds": 120},
    {"processes.worker.threads": 1},
    {"processes.worker.health-command": "test -e /tmp/alive || exit 1"},
    {"release.migrations-path": ""},
    {"release.migrations-path": "app/migrations_2/v-1.0"},
    {"release.timeout-seconds": 21600, "release.rollout-timeout-seconds": 120},
    {"release.kept-releases": 3},
    {"config": {"FEATURE_FLAG": True, "PAGE_SIZE": 20, "HINT": "a b=c", "A1_": ""}},
    {"config": {"APP_PORT": "80", "PORTS": "1", "AWSOME": "x"}},
    {"secrets": {"API_TOKEN": {"secure": "x"}, "APP_SECRET_KEY": {"secure": ""}}},
    {"aws-endpoints": {"default": "https://aws.internal:4566", "application-autoscaling": "http://a"}},
]  # fmt: skip


class TestWhatIsAccepted:
    """A refusal that reaches too far keeps people from what AWS would take."""

    @pytest.mark.parametrize("good", GOOD, ids=str)
    def test_is_this(self, good: dict[str, object]) -> None:
        found = [str(problem) for problem in problems_of(changed(good))]
        assert not found, f"refused: {found}"

    @pytest.mark.parametrize("cpu_units", FARGATE_MEMORY_MIB)
    def test_is_each_size_that_fargate_has(self, cpu_units: int) -> None:
        for memory_mib in FARGATE_MEMORY_MIB[cpu_units]:
            changes = {"service.cpu-units": cpu_units, "service.memory-mib": memory_mib}
            assert settings(changes).service.memory_mib == memory_mib

    def test_fargate_has_these_sizes(self) -> None:
        extremes = {cpu: (sizes[0], sizes[-1]) for cpu, sizes in FARGATE_MEMORY_MIB.items()}
        assert extremes == {
            256: (512, 2048),
            512: (1024, 4096),
            1024: (2048, 8192),
            2048: (4096, 16384),
            4096: (8192, 30720),
            8192: (16384, 61440),
            16384: (32768, 122880),
        }, "AWS refuses the task in the middle of up"

    @pytest.mark.parametrize("days", LOG_RETENTION_DAYS)
    def test_is_each_retention_that_logs_have(self, days: int) -> None:
        assert settings({"logs.retention-days": days}).logs.retention_days == days


class TestSettings:
    """Read once at the edge; nothing changes them afterwards."""

    def test_are_frozen_at_every_depth(self) -> None:
        found = settings()
        with pytest.raises(ValidationError):
            found.stage = "other"
        with pytest.raises(ValidationError):
            found.database.multi_az = False
        assert isinstance(found.network.zones, tuple), "a list could be appended to"

    def test_have_keys_that_are_their_fields_with_hyphens(self) -> None:
        sections: list[type[BaseModel]] = [Settings, Database, Process, Release, Waf]
        for section in sections:
            for name, field in section.model_fields.items():
                assert field.alias == name.replace("_", "-"), "nobody finds the field of a key"

    def test_describe_every_key_with_an_example(self) -> None:
        for name, whole in Settings.model_fields.items():
            section = model_in(whole.annotation)
            for key, field in (section.model_fields if section else {name: whole}).items():
                assert field.description, f"{name}.{key}: nobody knows what it means"
                assert field.examples, f"{name}.{key}: a message cannot say what to write"


class TestWarnings:
    """Allowed, and worth a look before it is regretted."""

    def test_of_a_bare_stack_name_what_it_lacks(self) -> None:
        said = " ".join(settings(BARE).warnings())
        for word in ("plain HTTP", "nobody hears", "ECS Exec"):
            assert word in said, f"{word} comes as a surprise"

    def test_of_staging_name_its_single_point_of_failure(self) -> None:
        assert any("one NAT gateway" in said for said in settings(stack="staging").warnings())

    def test_of_prod_are_none(self) -> None:
        assert not settings().warnings(), "a warning that is always there is read by nobody"

    def test_of_placeholders_end_with_real_values(self) -> None:
        real = {
            "account-id": "210987654321",
            "repository": "github.com/flaskapp/site",
            "domain.name": "www.flaskapp.dev",
            "domain.zone-name": "flaskapp.dev",
            "domain.zone-id": "Z08765432ABCDEFGHIJ",
            "notifications.emails": ["ops@flaskapp.dev"],
            "mail.from-address": "no-reply@flaskapp.dev",
        }
        assert set(settings().placeholders()) == set(real)
        assert not settings(real).placeholders(), "a stack that is ready is refused"


class TestWindows:
    """Minutes of the day and of the week, across midnight and Sunday."""

    @pytest.mark.parametrize(
        ("daily", "weekly", "overlap"),
        [
            ((180, 60), (6 * DAY + 360, 60), False),
            ((360, 30), (6 * DAY + 360, 60), True),
            ((300, 60), (6 * DAY + 360, 60), False),
            ((300, 61), (6 * DAY + 360, 60), True),
            ((1410, 60), (0, 30), True),
            ((1410, 60), (60, 30), False),
            ((0, 30), (6 * DAY + 1380, 90), True),
            ((60, 30), (6 * DAY + 1380, 90), False),
            ((0, 30), (WEEK - 30, 60), True),
            ((720, 30), (0, DAY), True),
        ],
    )  # fmt: skip
    def test_meet_or_do_not(
        self, daily: tuple[int, int], weekly: tuple[int, int], overlap: bool
    ) -> None:
        assert windows_overlap(daily, weekly) is overlap, "AWS refuses the instance, or we do"
