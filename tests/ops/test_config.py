"""`config`: plain variables of the application, in the stack's file."""

import json
from pathlib import Path

import pytest

from ops.permissions import needs_of
from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.pulumi_program import StandIn


@pytest.fixture
def pulumi(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Calls) -> StandIn:
    """A CLI that works on the file of staging."""
    del aws
    return StandIn(root, tmp_path, monkeypatch)


@pytest.fixture
def bare_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without the CLI."""
    monkeypatch.setenv("PATH", str(tmp_path))


def write(root: Path, block: str, text: str) -> None:
    path = root / "Pulumi.staging.yaml"
    old = f"flask-fargate:{block}: {{}}"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, f"flask-fargate:{block}: {text}"))


class TestList:
    """It needs neither AWS nor the CLI."""

    def test_has_names_and_values_as_the_application_gets_them(
        self, ops: Ops, root: Path, bare_path: None, calls: list[str]
    ) -> None:
        write(root, "config", "{FLAG: true, COUNT: 3, TEXT: 'a :key: b'}")
        done = ops("config")
        assert done.code == 0, done.err
        lines = [" ".join(line.split()) for line in done.out.splitlines()]
        assert lines[2:] == ["COUNT 3", "FLAG true", "TEXT a :key: b"]
        assert json.loads(ops("config", "--json").out) == {
            "FLAG": "true",
            "COUNT": "3",
            "TEXT": "a :key: b",
        }
        assert not calls, "AWS is asked for what lies in a file"

    def test_reads_what_has_no_quotes_as_the_engine_does(self, ops: Ops, root: Path) -> None:
        write(root, "config", "{ON: on, TIME: 1:30, COUNT: 010, SINCE: 2024-01-02}")
        assert json.loads(ops("config", "--json").out) == {
            "ON": "on",
            "TIME": "1:30",
            "COUNT": "8",
            "SINCE": "2024-01-02 00:00:00 +0000 UTC",
        }

    def test_says_when_there_are_none(self, ops: Ops, bare_path: None) -> None:
        assert ops("config").out == "Pulumi.staging.yaml sets no plain variables.\n"

    def test_never_shows_a_secret(self, ops: Ops, root: Path) -> None:
        write(root, "secrets", "{KEY: {secure: hidden}}")
        for words in (("config",), ("config", "--json"), ("secrets",), ("secrets", "--json")):
            assert "hidden" not in ops(*words).out

    def test_of_one_prints_its_value_alone(self, ops: Ops, root: Path) -> None:
        write(root, "config", "{TEXT: 'a [b] :key: c'}")
        assert ops("config", "get", "TEXT").out == "a [b] :key: c\n"
        done = ops("config", "get", "TEXTS")
        assert done.code == 2
        assert done.err == "There is no TEXTS under config; there are: TEXT."


class TestSet:
    """By Pulumi, as a text, with what applies it said."""

    def test_writes_all_of_them(self, ops: Ops, pulumi: StandIn, calls: list[str]) -> None:
        done = ops("config", "set", "FLAG=on", "URL=https://example.org/?a=b", "--yes")
        assert done.code == 0, done.err
        assert pulumi.block("config") == {"FLAG": "on", "URL": "https://example.org/?a=b"}
        assert done.out.startswith("Written. `make up STACK=staging` applies it, as a new release")
        assert not calls

    def test_hands_the_value_over_where_no_list_of_processes_shows_it(
        self, ops: Ops, pulumi: StandIn
    ) -> None:
        ops("config", "set", "COUNT=007", "--yes")
        (call,) = pulumi.calls
        assert call["given"] == "007"
        assert call["words"] == [
            *("config", "set", "--type", "string", "--path", "flask-fargate:config.COUNT"),
            *("--stack", "staging", "--non-interactive"),
        ]

    def test_shows_old_and_new_and_asks(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "config", "{FLAG: off-for-now, OTHER: x}")
        done = ops("config", "set", "FLAG=on", "NEW=1", "OTHER=x", input="n\n")
        assert "  FLAG: off-for-now -> on\n  NEW: 1 (new)\n" in done.err
        assert "OTHER" not in done.err
        assert (done.code, pulumi.calls) == (1, [])
        assert ops("config", "set", "FLAG=on").code == 2, "nobody was asked, and it went on"

    def test_of_what_stands_there_changes_nothing(
        self, ops: Ops, root: Path, pulumi: StandIn
    ) -> None:
        write(root, "config", "{COUNT: 3}")
        done = ops("config", "set", "COUNT=3")
        assert (done.code, pulumi.calls) == (0, [])
        assert "The file says so already" in done.out

    def test_takes_no_other_value_for_the_same(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "config", "{FLAG: on}")
        done = ops("config", "set", "FLAG=true", "--yes")
        assert "  FLAG: on -> true\n" in done.err
        assert pulumi.block("config") == {"FLAG": "true"}

    def test_tells_a_program_what_changed(self, ops: Ops, pulumi: StandIn) -> None:
        assert json.loads(ops("config", "set", "A=", "--yes", "--json").out) == {
            "changed": {"A": ""}
        }
        assert pulumi.block("config") == {"A": ""}

    @pytest.mark.parametrize(
        ("word", "said"),
        [
            ("FLAG", "has no value: write FLAG=VALUE"),
            ("flag=on", "capitals, digits and _"),
            ("DATABASE_USER=x", "a variable that the stack sets itself"),
            ("APP_KEY=AKIAIOSFODNN7EXAMPLE", "`bin/ops secrets set NAME` is the place for it"),
        ],
    )
    def test_is_refused_where_the_settings_would_be(
        self, ops: Ops, pulumi: StandIn, word: str, said: str
    ) -> None:
        done = ops("config", "set", "FINE=x", word, "--yes")
        assert done.code == 2
        assert said in done.err
        assert "AKIA" not in done.err
        assert not pulumi.calls, "a part of it was written"

    def test_is_refused_for_what_is_a_secret_already(
        self, ops: Ops, root: Path, pulumi: StandIn
    ) -> None:
        write(root, "secrets", "{KEY: {secure: hidden}}")
        assert "stands under secrets too" in ops("config", "set", "KEY=x", "--yes").err

    def test_is_refused_for_two_values_of_one(self, ops: Ops, pulumi: StandIn) -> None:
        assert "A stands there twice" in ops("config", "set", "A=1", "A=2", "--yes").err

    def test_without_the_cli_says_how_else(self, ops: Ops, bare_path: None) -> None:
        done = ops("config", "set", "FLAG=on", "--yes")
        assert done.code == 1
        assert "The Pulumi CLI is not here" in done.err
        assert 'Or write by hand, under flask-fargate:config: FLAG: "on"' in done.err

    def test_takes_the_cli_that_an_update_has_fetched(
        self, ops: Ops, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        folder = root / ".pulumi-cli" / "3.0.0"
        folder.mkdir(parents=True)
        pulumi = StandIn(root, folder, monkeypatch)
        monkeypatch.setenv("PATH", "/usr/bin:/bin")
        assert ops("config", "set", "FLAG=on", "--yes").code == 0
        assert pulumi.block("config") == {"FLAG": "on"}

    @pytest.mark.parametrize(
        ("complaint", "step"),
        [
            ("passphrase must be set with PULUMI_CONFIG_PASSPHRASE", "Set PULUMI_CONFIG_PASS"),
            ("no stack named 'staging' found", "`pulumi stack init staging`"),
            ("PULUMI_ACCESS_TOKEN must be set for login", "Log in to the backend"),
            ("the moon is full", "correct that, then repeat this"),
        ],
    )
    def test_that_pulumi_refuses_is_said_with_the_next_step(
        self, ops: Ops, pulumi: StandIn, complaint: str, step: str
    ) -> None:
        pulumi.refuse(complaint)
        done = ops("config", "set", "FLAG=on", "--yes")
        assert done.code == 1
        assert done.err.count(f"Pulumi refused: {complaint}.") == 1
        assert step in done.err

    def test_says_of_what_sounds_like_a_secret_where_its_place_is(
        self, ops: Ops, pulumi: StandIn
    ) -> None:
        done = ops("config", "set", "API_TOKEN=x", "MONKEY=1", input="n\n")
        assert done.err.count("sounds like a secret") == 1
        assert "`bin/ops secrets set API_TOKEN` encrypts it" in done.err


class TestUnset:
    """What is there, and nothing else."""

    def test_takes_variables_out(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "config", "{A: 1, B: 2, C: 3}")
        done = ops("config", "unset", "A", "C", "A", "--yes")
        assert done.code == 0, done.err
        assert pulumi.block("config") == {"B": 2}
        assert "  A (1)\n  C (3)\n" in done.err
        assert "`make up STACK=staging` applies it" in done.out

    def test_of_what_is_not_there_names_what_is(
        self, ops: Ops, root: Path, pulumi: StandIn
    ) -> None:
        write(root, "config", "{A: 1}")
        done = ops("config", "unset", "A", "B", "--yes")
        assert (done.code, pulumi.calls) == (2, [])
        assert done.err == "There is no B under config; there are: A."

    def test_of_a_secret_names_its_verb(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "secrets", "{KEY: {secure: hidden}}")
        assert "use `bin/ops secrets`" in ops("config", "unset", "KEY", "--yes").err


def test_neither_verb_asks_aws_for_anything() -> None:
    assert not needs_of("config")
    assert not needs_of("secrets")
