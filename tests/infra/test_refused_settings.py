"""Every setting that cannot work is refused before anything is declared, in words that help."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.plain_secrets import form_of
from infra.problems import Problem, SettingsError
from infra.settings import load_settings
from tests.infra.changing import changed, problems_of
from tests.support.configuration import ABSENT, place, put
from tests.support.stacks import PROCFILE, config_of

TABLE = Path(__file__).with_name("refused_settings.yaml")
HIDDEN = "hunter2"
GROUPS: Mapping[str, list[dict[str, Any]]] = yaml.safe_load(TABLE.read_text())
ROWS: list[Mapping[str, Any]] = [row for group in GROUPS.values() for row in group]


def changed_by(row: Mapping[str, Any]) -> dict[str, Any]:
    """Prod's configuration with a row's changes."""
    if row.get("absent"):
        return changed({row["key"]: ABSENT})
    return changed(row.get("set", {row["key"]: row.get("value")}))


@cache
def problems_of_row(position: int) -> tuple[Problem, ...]:
    """What is said about a row of the table, by its position."""
    return tuple(problems_of(changed_by(ROWS[position])))


def shows(row: Mapping[str, Any]) -> str:
    return f"{row['key']}: {row['shows']}".replace(" ", "-")


class TestEveryBadSetting:
    """One row of the table each; what AWS would refuse after minutes is refused here at once."""

    def test_there_are_more_than_a_hundred_and_no_two_are_the_same(self) -> None:
        given = [json.dumps(row, sort_keys=True) for row in ROWS]
        assert len(set(given)) == len(given) > 100, "a row is there twice, or the table was cut"

    @pytest.mark.parametrize("row", ROWS, ids=shows)
    def test_is_refused_by_its_key_with_what_was_given_what_is_allowed_and_what_to_write(
        self, row: Mapping[str, Any]
    ) -> None:
        found = [each for each in problems_of_row(ROWS.index(row)) if each.key == row["key"]]
        assert found, f"{row['shows']} passes, so AWS refuses it (or does not) in the middle of up"
        problem = found[0]
        assert row["allowed"] in problem.allowed, f"nobody learns what is allowed: {problem}"
        assert row["write"] in problem.write, f"nobody learns what to write: {problem}"
        said = (problem.key, problem.given, problem.allowed, problem.write)
        assert all(part and part in str(problem) for part in said), f"a part is missing: {problem}"

    @pytest.mark.parametrize("row", [row for row in ROWS if "advice" not in row], ids=shows)
    def test_is_accepted_once_what_the_message_says_is_written(
        self, row: Mapping[str, Any]
    ) -> None:
        configuration = changed_by(row)
        problem = next(each for each in problems_of_row(ROWS.index(row)) if each.key == row["key"])
        if "a block with the keys" in problem.write:
            good: Any = place(config_of("prod"), row["key"].split("."))
        else:
            good = yaml.safe_load(problem.write.partition(", your own")[0])
        put(configuration, row["key"], good)
        left = [str(each) for each in problems_of(configuration) if each.key == row["key"]]
        assert not left, f"who does what the message says is refused again: {left}"

    @pytest.mark.parametrize("row", ROWS, ids=shows)
    def test_is_the_only_thing_complained_about(self, row: Mapping[str, Any]) -> None:
        section = row["key"].partition(".")[0]
        others = {
            each.key
            for each in problems_of_row(ROWS.index(row))
            if each.key.partition(".")[0] != section and each.key not in row.get("set", {})
        }
        assert not others, f"one mistake is reported as several: {others}"


class TestSecrets:
    """A secret in plain configuration is already in the repository; a message would spread it."""

    @pytest.mark.parametrize("row", GROUPS["secrets"], ids=shows)
    def test_are_never_repeated(self, row: Mapping[str, Any]) -> None:
        with pytest.raises(SettingsError) as refusal:
            load_settings(changed_by(row), PROCFILE)
        for text in (str(refusal.value), repr(refusal.value.__cause__)):
            assert HIDDEN not in text, "the secret would lie in every log of a failed run"
            assert "4711" not in text, "the secret of digits would"
            assert "EXAMPLE" not in text, "the access key would lie in every log"
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None, (
            "the traceback would show the values"
        )

    @pytest.mark.parametrize(
        "text",
        ["ghp_" + "a1B2" * 9, "github_pat_" + "a1" * 20, "xoxb-1234567890-abcdefghij",
         "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", "ASIA" + "A1B2" * 4,
         "-----BEGIN PRIVATE KEY-----", "postgres://:pass@db/app"],
    )  # fmt: skip
    def test_are_known_by_their_form(self, text: str) -> None:
        assert form_of(text), f"{text[:8]}... would be taken for an ordinary value"

    @pytest.mark.parametrize(
        "text",
        ["git@github.com:me/app", "https://github.com/me/app", "http://127.0.0.1:4566", "AKIA",
         "111122223333.dkr.ecr.us-east-1.amazonaws.com/app@sha256:" + "0" * 64],
    )  # fmt: skip
    def test_are_not_seen_where_there_are_none(self, text: str) -> None:
        assert form_of(text) is None, f"{text} could not be set"


class TestSeveralProblems:
    """Whoever fixes one mistake should not meet the next only after another run."""

    BAD: Mapping[str, Any] = {
        "owner": 3,
        "network.cidr": "8.8.0.0/16",
        "database.multi_az": True,
        "database.port": 80,
        "logs.retention-days": 10,
        "autoscaling.min-tasks": 9,
        "service.memory-mib": 512,
    }

    @pytest.fixture
    def refusal(self) -> SettingsError:
        with pytest.raises(SettingsError) as refusal:
            load_settings(changed(self.BAD), PROCFILE)
        return refusal.value

    def test_are_reported_at_once_values_and_rules_alike(self, refusal: SettingsError) -> None:
        keys = [problem.key for problem in refusal.problems]
        assert set(keys) == set(self.BAD), "a problem comes to light only after the others"
        assert keys == sorted(keys), "related lines stand apart"

    def test_have_one_line_each_under_their_number(self, refusal: SettingsError) -> None:
        lines = str(refusal).splitlines()
        assert lines[0] == "7 settings of this stack cannot be used:", (
            "nobody sees how much is left"
        )
        assert len(lines) == 1 + len(self.BAD), "a long text hides the problems"

    def test_of_a_broken_section_do_not_hide_rules_between_whole_ones(self) -> None:
        keys = {problem.key for problem in problems_of(changed({"logs": None, "stage": "x" * 16}))}
        assert keys == {"logs", "stage"}, "the rule about names waits for the logs to be repaired"

    def test_where_everything_is_missing_each_section_is_named(self) -> None:
        found = problems_of({})
        assert {problem.key for problem in found} == set(config_of("prod")), (
            "a section is forgotten"
        )
