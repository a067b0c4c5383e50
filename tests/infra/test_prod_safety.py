"""Prod is at least as safe as staging, in everything that a setting decides."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from infra import cron
from infra.process_sections import Process
from infra.settings import Settings
from tests.support.configuration import keys_of
from tests.support.stacks import config_of, own_settings, settings_of

Value = Callable[[Settings], int | bool]


@cache
def loaded(stack: str) -> Settings:
    """A stack's settings, read once."""
    return own_settings(stack)


def _jobs(settings: Settings) -> Iterable[Process]:
    return settings.processes.values()


def _least(numbers: Iterable[int]) -> int:
    """The smallest; 0 where an application has no jobs."""
    return min(numbers, default=0)


# Each row: what prod must not have less of, and how much of it a stack has.
SAFER: list[tuple[str, Value]] = [
    ("Pulumi refuses to delete what holds data", lambda s: s.safeguards.protect),
    ("plain HTTP is refused", lambda s: s.safeguards.https_required),
    ("a stack that tells nobody is refused", lambda s: s.safeguards.email_required),
    ("a stack that one zone stops is refused", lambda s: s.safeguards.redundancy_required),
    ("AWS refuses to delete the database", lambda s: s.database.deletion_protection),
    ("a last snapshot is taken", lambda s: s.database.final_snapshot),
    ("automated backups outlive the database", lambda s: s.database.keep_automated_backups),
    ("the database has a standby", lambda s: s.database.multi_az),
    ("days of point-in-time recovery", lambda s: s.database.backup_retention_days),
    ("changes wait for the maintenance window", lambda s: not s.database.apply_immediately),
    ("the database is measured", lambda s: s.database.monitoring_interval_seconds > 0),
    ("queries are measured", lambda s: s.database.performance_insights),
    ("the database's logs are kept", lambda s: len(s.database.log_exports)),
    ("room for the data to grow", lambda s: s.database.max_storage_gib),
    ("connections in reserve", lambda s: s.database.reserved_connections),
    ("a port that scanners do not try first", lambda s: s.database.port != 5432),
    ("the database proves its name", lambda s: s.database.ssl_mode == "verify-full"),
    ("days of continuous backup", lambda s: s.backup.continuous_days),
    ("snapshot rules", lambda s: len(s.backup.rules)),
    ("days that the oldest snapshot is kept", lambda s: max(r.keep_days for r in s.backup.rules)),
    ("snapshots cannot be deleted early", lambda s: s.backup.vault_lock),
    ("destroy leaves the recovery points", lambda s: not s.backup.vault_force_destroy),
    ("destroy leaves the images", lambda s: not s.registry.force_delete),
    ("releases for a rollback", lambda s: s.release.kept_releases),
    ("a snapshot before a migration", lambda s: s.release.snapshot),
    ("AWS refuses to delete the balancer", lambda s: s.balancer.deletion_protection),
    ("days that access logs are kept", lambda s: s.balancer.access_log_days),
    ("days that logs are kept", lambda s: s.logs.retention_days),
    ("logs outlive the stack", lambda s: s.logs.keep_on_destroy),
    ("keys of one's own", lambda s: s.keys.customer_managed),
    ("days in which a key can be saved", lambda s: s.keys.deletion_window_days),
    ("days in which a secret can be restored", lambda s: s.credentials.recovery_window_days),
    ("zones", lambda s: len(s.network.zones)),
    ("a way out in each zone", lambda s: s.network.egress == "nat-gateway-per-zone"),
    ("HTTPS", lambda s: bool(s.domain.name)),
    ("a firewall for requests", lambda s: s.waf.enabled),
    ("a tight limit per client", lambda s: -s.waf.requests_per_five_minutes),
    ("people who hear of failures", lambda s: len(s.notifications.emails)),
    ("a place for files", lambda s: s.storage.enabled),
    ("destroy leaves the files", lambda s: not s.storage.force_destroy),
    ("days in which a file can be brought back", lambda s: s.storage.noncurrent_days),
    ("few sites that may write files", lambda s: -len(s.storage.cors_origins)),
    ("a cache", lambda s: s.cache.enabled),
    ("copies of the cache", lambda s: s.cache.replicas),
    ("days of snapshots of the cache", lambda s: s.cache.snapshot_days),
    ("mail", lambda s: s.mail.enabled),
    ("a broker in several zones", lambda s: s.broker.multi_az),
    ("tries of a job", lambda s: _least(queue.max_receives for queue in s.queues.values())),
    (
        "days that a job waits",
        lambda s: _least(queue.retention_days for queue in s.queues.values()),
    ),
    ("tasks at any time", lambda s: s.autoscaling.min_tasks),
    ("tasks at most", lambda s: s.autoscaling.max_tasks),
    ("headroom while new tasks start", lambda s: -s.autoscaling.cpu_target_percent),
    ("tasks that are not taken away", lambda s: not s.service.spot),
    ("jobs that are not taken away", lambda s: not any(each.spot for each in _jobs(s))),
    ("jobs at any time", lambda s: _least(each.min_tasks for each in _jobs(s))),
    ("no way into running tasks", lambda s: not s.service.exec_enabled),
    ("time for requests when a task leaves", lambda s: s.balancer.drain_seconds),
]

# What an application has or does without: no matter of safety.
FEATURES = {"a place for files", "a cache", "mail"}
SAFEGUARDS = [row for row in SAFER if row[0] not in FEATURES]


class TestProd:
    """The stage is a label, so that prod is safe is a matter of its values alone."""

    @pytest.mark.parametrize(("what", "much"), SAFER, ids=[row[0] for row in SAFER])
    def test_has_at_least_as_much_as_staging_of(self, what: str, much: Value) -> None:
        prod, staging = much(loaded("prod")), much(loaded("staging"))
        assert prod >= staging, f"{what}: staging has more ({staging}) than prod ({prod})"

    @pytest.mark.parametrize(("what", "much"), SAFEGUARDS, ids=[row[0] for row in SAFEGUARDS])
    def test_has_what_is_there_or_not(self, what: str, much: Value) -> None:
        value = much(loaded("prod"))
        assert value is not False, f"{what}: not in prod"

    def test_is_judged_by_every_switch_of_the_settings(self) -> None:
        switches = {
            key
            for key in keys_of(config_of("prod"))
            if isinstance(_at(config_of("prod"), key), bool)
        }
        judged = {key for key in switches if any(_changes(key, much) for _, much in SAFER)}
        assert switches == judged, f"nobody says which way is safer: {switches - judged}"

    def test_would_be_seen_to_fall_behind(self) -> None:
        much = dict(SAFER)["AWS refuses to delete the balancer"]
        weaker = settings_of("prod", {"balancer.deletion-protection": False})
        stronger = settings_of("staging", {"balancer.deletion-protection": True})
        assert not much(weaker) >= much(stronger), "the comparison cannot fail"

    def test_keeps_backups_as_long_as_the_documentation_says(self) -> None:
        rules = {rule.name: rule for rule in settings_of("prod").backup.rules}
        assert (rules["daily"].keep_days, rules["monthly"].keep_days) == (35, 365), (
            "a year back there is nothing to restore"
        )
        assert timedelta(minutes=cron.start_minute(rules["daily"].cron) or 0) < timedelta(hours=5)


def _at(config: Any, key: str) -> Any:
    for part in key.split("."):
        config = config[part]
    return config


def _changes(key: str, much: Value) -> bool:
    """Whether a row's amount follows from a switch."""
    before = settings_of("prod")
    return much(before) != much(_flipped(before, key.split(".")))


def _flipped(part: Any, path: Sequence[str]) -> Any:
    """A part of the settings with one switch the other way round."""
    if not path:
        return not part
    name, *rest = path
    if isinstance(part, dict):
        return {**part, name: _flipped(part[name], rest)}
    field = name.replace("-", "_")
    return part.model_copy(update={field: _flipped(getattr(part, field), rest)})
