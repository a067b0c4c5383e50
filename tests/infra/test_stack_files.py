"""The stacks' YAML files: the same keys, all usable, and prod at least as safe as staging."""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra import cron, settings_reference
from infra.settings import LOOPBACK, Settings, load_settings
from infra.stack_files import read_stack, stacks
from planning.plan import ROOT
from tests.support.stacks import NAMES, config_of, plan_of, settings_of

Value = Callable[[Settings], int | bool]


@cache
def loaded(stack: str) -> Settings:
    """A stack's settings, read once."""
    return settings_of(stack)


def keys_of(value: Any, path: str = "") -> Iterator[str]:
    """Dotted keys of a configuration; entries of lists and addresses are values, not keys."""
    if not isinstance(value, dict) or path == "aws-endpoints":
        yield path
        return
    for key, inner in value.items():
        yield from keys_of(inner, f"{path}.{key}" if path else key)


class TestEveryStack:
    """What stands in the repository works as it is, but for the values marked as yours."""

    def test_the_tested_stacks_are_those_with_a_file(self) -> None:
        assert sorted(NAMES) == stacks(ROOT), "a stack's file is never planned by any test"

    @pytest.mark.parametrize("stack", NAMES)
    def test_has_the_keys_of_prod_in_the_same_order(self, stack: str) -> None:
        assert list(keys_of(read_stack(stack, ROOT))) == list(keys_of(read_stack("prod", ROOT))), (
            "a difference between stages would hide in a default"
        )

    @pytest.mark.parametrize("stack", NAMES)
    def test_is_planned_and_takes_nothing_that_the_provider_refuses(self, stack: str) -> None:
        found = [line for check in plan_of(stack).checks for line in check.found]
        assert not found, "make up would stop in the middle"

    @pytest.mark.parametrize("stack", ["staging", "prod"])
    def test_warns_of_the_examples_that_are_still_in_it(self, stack: str) -> None:
        placeholders = settings_of(stack).placeholders()
        assert {"account-id", "domain.name", "domain.zone-name", "domain.zone-id"} <= set(
            placeholders
        ), "somebody deploys to example.com and waits for a certificate that never comes"

    def test_ranges_do_not_overlap(self) -> None:
        ranges = {stack: IPv4Network(settings_of(stack).network.cidr) for stack in NAMES}
        pairs = [
            pair for pair in combinations(ranges, 2) if ranges[pair[0]].overlaps(ranges[pair[1]])
        ]
        assert not pairs, "these stacks could never be connected"

    def test_names_differ(self) -> None:
        prefixes = {settings_of(stack).prefix for stack in NAMES}
        assert len(prefixes) == len(NAMES), "two stacks would fight over log groups and vaults"

    def test_hosts_differ(self) -> None:
        hosts = [settings_of(stack).domain.name for stack in ("staging", "prod")]
        assert len(set(hosts)) == 2, "the second stack would take the first one's address away"

    def test_a_key_that_only_one_file_had_would_be_seen(self) -> None:
        config = copy.deepcopy(config_of("prod"))
        del config["waf"]["enabled"]
        assert list(keys_of(config)) != list(keys_of(config_of("prod"))), "the test cannot fail"


class TestTheEmulatedStack:
    """It has no account and must never reach one."""

    def test_speaks_only_with_this_machine(self) -> None:
        found = settings_of("emulated").aws_endpoints
        hosts = {urlsplit(address).hostname for address in found.values()}
        assert hosts <= LOOPBACK, "an emulated stack would send its calls elsewhere"
        assert "default" in found, "a service without an address would be AWS's own"
        assert settings_of("emulated").emulated, "make up would ask for credentials"

    def test_the_others_speak_with_aws(self) -> None:
        assert not any(settings_of(stack).emulated for stack in ("staging", "prod"))

    def test_is_not_emulated_when_one_address_is_elsewhere(self) -> None:
        endpoints = {"default": "http://127.0.0.1:4566", "s3": "https://s3.example.com"}
        changed = settings_of("emulated", {"aws-endpoints": endpoints})
        assert not changed.emulated, "credentials would not be checked for a real service"

    def test_its_provider_has_an_address_for_every_service_and_keys_that_mean_nothing(self) -> None:
        (provider,) = plan_of("emulated").recording.of_type("pulumi:providers:aws")
        assert '"backup": "http://127.0.0.1:4577"' in provider.inputs["endpoints"]
        assert '"ecs": "http://127.0.0.1:4566"' in provider.inputs["endpoints"]
        assert provider.inputs["accessKey"] == provider.inputs["secretKey"] == "test", (
            "the credentials of whoever runs it would be sent to the emulator"
        )

    def test_has_the_shape_of_prod(self) -> None:
        def shape(stack: str) -> set[str]:
            unlike = ("acm", "route53", "sns/topicSubscription", "vaultLock")
            types = {resource.type for resource in plan_of(stack).recording.custom}
            return {kind for kind in types if not any(word in kind for word in unlike)}

        assert shape("emulated") == shape("prod"), "what is tried here is not what prod will be"


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
    ("days of continuous backup", lambda s: s.backup.continuous_days),
    ("snapshot rules", lambda s: len(s.backup.rules)),
    ("days that the oldest snapshot is kept", lambda s: max(r.keep_days for r in s.backup.rules)),
    ("snapshots cannot be deleted early", lambda s: s.backup.vault_lock),
    ("destroy leaves the recovery points", lambda s: not s.backup.vault_force_destroy),
    ("destroy leaves the images", lambda s: not s.registry.force_delete),
    ("images for a rollback", lambda s: s.registry.kept_images),
    ("AWS refuses to delete the balancer", lambda s: s.balancer.deletion_protection),
    ("days that access logs are kept", lambda s: s.balancer.access_log_days),
    ("days that logs are kept", lambda s: s.logs.retention_days),
    ("logs outlive the stack", lambda s: s.logs.keep_on_destroy),
    ("keys of one's own", lambda s: s.keys.customer_managed),
    ("days in which a key can be saved", lambda s: s.keys.deletion_window_days),
    ("days in which a secret can be restored", lambda s: s.secrets.recovery_window_days),
    ("zones", lambda s: len(s.network.zones)),
    ("a way out in each zone", lambda s: s.network.egress == "nat-gateway-per-zone"),
    ("HTTPS", lambda s: bool(s.domain.name)),
    ("a firewall for requests", lambda s: s.waf.enabled),
    ("a tight limit per client", lambda s: -s.waf.requests_per_five_minutes),
    ("people who hear of failures", lambda s: len(s.notifications.emails)),
    ("tasks at any time", lambda s: s.autoscaling.min_tasks),
    ("tasks at most", lambda s: s.autoscaling.max_tasks),
    ("headroom while new tasks start", lambda s: -s.autoscaling.cpu_target_percent),
    ("tasks that are not taken away", lambda s: not s.service.spot),
    ("no way into running tasks", lambda s: not s.service.exec_enabled),
    ("time for requests when a task leaves", lambda s: s.balancer.drain_seconds),
]


class TestProdIsAtLeastAsSafeAsStaging:
    """The stage is a label, so that prod is safe is a matter of its values alone."""

    @pytest.mark.parametrize(("what", "much"), SAFER, ids=[row[0] for row in SAFER])
    def test_in(self, what: str, much: Value) -> None:
        prod, staging = much(loaded("prod")), much(loaded("staging"))
        assert prod >= staging, f"{what}: staging has more ({staging}) than prod ({prod})"

    @pytest.mark.parametrize(("what", "much"), SAFER, ids=[row[0] for row in SAFER])
    def test_and_is_safe_where_it_is_yes_or_no_in(self, what: str, much: Value) -> None:
        value = much(loaded("prod"))
        assert value is not False, f"{what}: not in prod"

    def test_in_all_that_a_switch_of_the_settings_decides(self) -> None:
        switches = {
            key
            for key in keys_of(config_of("prod"))
            if isinstance(_at(config_of("prod"), key), bool)
        }
        judged = {key for key in switches if any(_changes(key, much) for _, much in SAFER)}
        assert switches == judged, f"nobody says which way is safer: {switches - judged}"

    def test_and_the_test_would_see_it_fall_behind(self) -> None:
        much = dict(SAFER)["AWS refuses to delete the balancer"]
        weaker = settings_of("prod", {"balancer.deletion-protection": False})
        stronger = settings_of("staging", {"balancer.deletion-protection": True})
        assert not much(weaker) >= much(stronger), "the comparison cannot fail"

    def test_backups_promise_what_the_documentation_says(self) -> None:
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
    before = loaded("prod")
    section, _, name = key.partition(".")
    part = getattr(before, section)
    field = name.replace("-", "_")
    after = before.model_copy(
        update={section: part.model_copy(update={field: not getattr(part, field)})}
    )
    return much(before) != much(after)


class TestTheReference:
    """docs/settings.md is what a person reads before writing a value."""

    def test_is_what_the_settings_say(self) -> None:
        made = settings_reference.page({name: read_stack(name, ROOT) for name in NAMES})
        assert settings_reference.PAGE.read_text() == made, (
            "docs/settings.md is out of date: run `python -m infra.settings_reference`"
        )

    def test_names_every_key(self) -> None:
        text = settings_reference.PAGE.read_text()
        missing = [key for key in keys_of(config_of("prod")) if f"| `{key}` |" not in text]
        assert not missing, "these settings are documented nowhere"

    def test_says_what_is_allowed_without_patterns_or_class_names(self) -> None:
        text = settings_reference.PAGE.read_text()
        signs = ("[a-z]", "Error", "tuple", "Annotated", "{0,", "None")
        assert not [sign for sign in signs if sign in text], "the page speaks to programmers"

    def test_gives_examples_that_are_accepted(self) -> None:
        examples = copy.deepcopy(config_of("prod"))
        for section, info in Settings.model_fields.items():
            for name, field in getattr(info.annotation, "model_fields", {}).items():
                examples[section.replace("_", "-")][name.replace("_", "-")] = field.examples[0]
        assert load_settings(examples), "whoever writes what the page shows is refused"
