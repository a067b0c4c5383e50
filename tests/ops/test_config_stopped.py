"""`config set`, and what it has written when it ends before its end."""

import signal
from pathlib import Path

import click
import pytest

from ops.report import Report
from ops.stack_file.pulumi_config import PulumiConfig
from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.pulumi_program import StandIn


@pytest.fixture
def pulumi(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Calls) -> StandIn:
    """A CLI that works on the file of staging."""
    del aws
    return StandIn(root, tmp_path, monkeypatch)


class TestWhatLooksLikeASecret:
    """Pulumi judges by name and letters; a person knows better."""

    URL = "https://accounts.example.com/password/reset?source=mail&campaign=q4"

    def test_is_refused_with_both_ways_to_go_on(self, ops: Ops, pulumi: StandIn) -> None:
        done = ops("config", "set", f"PASSWORD_RESET_URL={self.URL}", "--yes")
        assert done.code == 1
        assert done.err.endswith(
            "PASSWORD_RESET_URL was not written: to Pulumi its value looks like a secret, and "
            "everybody who reads the file would see it.\nIf it is one: `bin/ops secrets set "
            "PASSWORD_RESET_URL`. If it is not: the same command with `--plaintext`."
        )
        assert not pulumi.block("config")

    def test_is_written_when_asked_for(self, ops: Ops, pulumi: StandIn) -> None:
        words = ("config", "set", "FLAG=012", f"PASSWORD_RESET_URL={self.URL}", "--yes")
        done = ops(*words, "--plaintext")
        assert done.code == 0, done.err
        assert pulumi.block("config") == {"FLAG": "012", "PASSWORD_RESET_URL": self.URL}
        plaintext = [call["words"][4] for call in pulumi.calls if "--plaintext" in call["words"]]
        assert plaintext == ["flask-fargate:config.PASSWORD_RESET_URL"], "012 becomes a number"

    def test_after_others_leaves_those_written_and_says_so(self, ops: Ops, pulumi: StandIn) -> None:
        done = ops("config", "set", "FLAG=1", f"API_TOKEN_URL={self.URL}", "COUNT=2", "--yes")
        assert done.code == 1
        assert pulumi.block("config") == {"FLAG": "1"}
        assert done.err.endswith(
            "Written: FLAG. Perhaps not: API_TOKEN_URL, COUNT; repeat this for them."
        )


class TestStopped:
    """It says which are done: what is out of the file cannot be taken out again."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_between_two(
        self,
        ops: Ops,
        root: Path,
        pulumi: StandIn,
        monkeypatch: pytest.MonkeyPatch,
        number: signal.Signals,
    ) -> None:
        said: list[str] = []
        monkeypatch.setattr(Report, "say", lambda _, line: said.append(line))
        left, run = [1], PulumiConfig._run

        def stopped(self: PulumiConfig, *words: str, given: str = "") -> str:
            if not left:
                signal.raise_signal(number)
            left.clear()
            return run(self, *words, given=given)

        monkeypatch.setattr(PulumiConfig, "_run", stopped)
        with pytest.raises(click.Abort):
            ops("config", "set", "A=1", "B=2", "C=3", "--yes")
        assert said == ["Written: A. Perhaps not: B, C; repeat this for them."]
        assert pulumi.block("config") == {"A": "1"}
        with pytest.raises(click.Abort):
            ops("config", "unset", "A", "--yes")
        assert said[1] == "Taken out: nothing. Perhaps not: A; repeat this for them."
