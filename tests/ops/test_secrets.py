"""`secrets`: encrypted variables of the application, in the stack's file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ops import approval
from ops.cli import program
from ops.problems import OpsError
from tests.ops.conftest import Ops
from tests.ops.pulumi_program import StandIn
from tests.ops.test_config import write

VALUE = "s3cr:key:t [x]"


@pytest.fixture
def pulumi(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """A CLI that works on the file of staging."""
    return StandIn(root, tmp_path, monkeypatch)


class TestSet:
    """The value is seen by nobody but Pulumi."""

    def test_asks_for_the_value_twice_and_shows_it_nowhere(self, ops: Ops, pulumi: StandIn) -> None:
        done = ops("secrets", "set", "KEY", input=f"y\n{VALUE}\n{VALUE}\n")
        assert done.code == 0, done.err
        (call,) = pulumi.calls
        assert call["given"] == VALUE
        assert VALUE not in " ".join(call["words"]), "the list of processes shows it"
        assert "--secret" in call["words"]
        assert VALUE not in done.out + done.err
        assert "In Pulumi.staging.yaml: KEY, new, encrypted" in done.err
        assert "`make up STACK=staging` applies it" in done.out
        assert ops("secrets").out == "KEY\n"
        assert json.loads(ops("secrets", "--json").out) == ["KEY"]

    def test_reads_it_from_a_pipe(
        self, ops: Ops, pulumi: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(approval, "somebody_is_there", lambda: False)
        words = ["secrets", "set", "KEY", "--yes", "--stack", "staging"]
        done = CliRunner().invoke(program, words, input="two\nlines\n", standalone_mode=False)
        assert done.exception is None
        assert pulumi.calls[0]["given"] == "two\nlines"

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("a\r\nb\r\n", "a\r\nb"),
            ("a\r\nb", "a\r\nb"),
            ("a\n\n", "a\n"),
            ("a\r", "a\r"),
            ("Schlüssel €\n", "Schlüssel €"),
        ],
    )
    def test_keeps_it_as_it_was_piped(
        self,
        ops: Ops,
        pulumi: StandIn,
        monkeypatch: pytest.MonkeyPatch,
        given: str,
        kept: str,
    ) -> None:
        monkeypatch.setattr(approval, "somebody_is_there", lambda: False)
        words = ["secrets", "set", "KEY", "--yes", "--stack", "staging"]
        done = CliRunner().invoke(program, words, input=given.encode(), standalone_mode=False)
        assert done.exception is None
        told = json.loads(ops("secrets", "get", "KEY", "--show", "--yes", "--json").out)
        assert told["value"] == kept

    def test_refuses_what_is_no_text(
        self, pulumi: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(approval, "somebody_is_there", lambda: False)
        words = ["secrets", "set", "KEY", "--yes", "--stack", "staging"]
        done = CliRunner().invoke(program, words, input=b"\xff\xfe\n", standalone_mode=False)
        assert isinstance(done.exception, OpsError)
        assert "is no text in UTF-8" in str(done.exception)
        assert "base64" in str(done.exception)
        assert not pulumi.calls

    def test_says_that_there_was_one(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "secrets", "{KEY: {secure: hidden}}")
        done = ops("secrets", "set", "KEY", input="n\n")
        assert "KEY, in the place of its old value, encrypted" in done.err
        assert (done.code, pulumi.calls) == (1, [])

    def test_refuses_a_value_on_the_command_line(self, ops: Ops, pulumi: StandIn) -> None:
        done = ops("secrets", "set", f"KEY={VALUE}", "--yes")
        assert done.code == 2
        assert "stays in the shell's history" in done.err
        assert "`bin/ops secrets set KEY`" in done.err
        assert VALUE not in done.err

    def test_refuses_an_empty_pipe(self, ops: Ops, pulumi: StandIn) -> None:
        done = ops("secrets", "set", "KEY", "--yes")
        assert (done.code, pulumi.calls) == (2, [])
        assert "Standard input holds no value" in done.err

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("SECRET_KEY", "a variable that the stack sets itself"),
            ("key", "capitals, digits and _"),
        ],
    )
    def test_refuses_a_name_before_asking_for_the_value(
        self, ops: Ops, pulumi: StandIn, name: str, said: str
    ) -> None:
        done = ops("secrets", "set", name, input="y\n")
        assert done.code == 2
        assert said in done.err
        assert "Value of" not in done.err

    def test_without_the_cli_says_that_nothing_else_can(
        self, ops: Ops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert "Nothing else can encrypt it." in ops("secrets", "set", "KEY", "--yes").err


class TestGet:
    """By name, when asked, and never by accident."""

    def test_says_that_it_is_set(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "secrets", "{KEY: {secure: aGlkZGVu}}")
        done = ops("secrets", "get", "KEY")
        assert done.out == "KEY is set. `bin/ops secrets get KEY --show` prints it.\n"
        assert not pulumi.calls

    def test_shows_it_after_asking(self, ops: Ops, pulumi: StandIn) -> None:
        ops("secrets", "set", "KEY", input=f"y\n{VALUE}\n{VALUE}\n")
        assert ops("secrets", "get", "KEY", "--show", input="n\n").out.strip() == ""
        done = ops("secrets", "get", "KEY", "--show", input="y\n")
        assert done.out.endswith(f"{VALUE}\n"), "the value is not what was set"
        told = json.loads(ops("secrets", "get", "KEY", "--show", "--yes", "--json").out)
        assert told == {"name": "KEY", "set": True, "value": VALUE}

    def test_of_what_is_not_there_names_what_is(self, ops: Ops, root: Path) -> None:
        write(root, "secrets", "{KEY: {secure: hidden}}")
        done = ops("secrets", "get", "KEYS")
        assert (done.code, done.err) == (2, "There is no KEYS under secrets; there are: KEY.")


class TestUnset:
    """As with plain ones."""

    def test_takes_them_out(self, ops: Ops, root: Path, pulumi: StandIn) -> None:
        write(root, "secrets", "{A: {secure: YQ==}, B: {secure: Yg==}}")
        done = ops("secrets", "unset", "A", "--yes")
        assert done.code == 0, done.err
        assert set(pulumi.block("secrets")) == {"B"}
        assert done.err.startswith("Out of Pulumi.staging.yaml:\n  A\n"), "no value is shown"

    def test_of_a_plain_one_names_its_verb(self, ops: Ops, root: Path) -> None:
        write(root, "config", "{A: 1}")
        assert "use `bin/ops config`" in ops("secrets", "unset", "A", "--yes").err
