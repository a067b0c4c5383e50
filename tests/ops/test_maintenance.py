"""`maintenance`: a page instead of the application, and the way back, however often interrupted."""

import json
import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from infra.functions.maintenance import handler as function
from ops import journal
from ops.maintenance.listener_rules import ADDRESSES_MAX
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Done, Ops
from tests.ops.deploying import Deploying
from tests.ops.running import Running
from tests.ops.scaled import change, limit, limits, target
from tests.ops.stack import Stack, client

CREATE = "elasticloadbalancing:CreateRule"


@pytest.fixture
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    """Two workers, which AWS scales between 1 and 4; one of each other process."""
    running.serve("worker", 2)
    limit("worker", 1, 4)
    return Deploying.on(running, aws, monkeypatch)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text("<h1>Zurück um zehn</h1>", encoding="utf-8")
    return path


def rules(stack: Stack) -> list[tuple[str, list[str], str]]:
    """Priority, addresses or paths, and target of each rule but the listener's own."""
    found = client("elbv2").describe_rules(ListenerArn=stack.outputs.listener_arn)["Rules"]
    return sorted(
        (each["Priority"], _values(each), each["Actions"][0]["TargetGroupArn"])
        for each in found
        if not each["IsDefault"]
    )


def _values(rule: Mapping[str, Any]) -> list[str]:
    (condition,) = rule["Conditions"]
    found: list[str] = condition.get("SourceIpConfig", condition.get("PathPatternConfig"))["Values"]
    return found


def item(stack: Stack) -> dict[str, Any] | None:
    key = {"stack": {"S": "maintenance"}, "number": {"N": "1"}}
    answer = stack.dynamodb.get_item(TableName=stack.outputs.releases_table_name, Key=key)
    found: dict[str, Any] | None = answer.get("Item")
    return found


def suspended(process: str) -> bool:
    return any(target(process).get("SuspendedState", {}).values())


def wanted(cloud: Deploying) -> dict[str, int]:
    return {name: each["desiredCount"] for name, each in cloud.running.services.items()}


def state(ops: Ops) -> str:
    found: str = json.loads(ops("maintenance", "--json").out)["state"]
    return found


class TestOn:
    """Everybody gets the page but those who are let through."""

    def test_sends_everybody_to_the_page(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("maintenance", "on", "--yes")
        assert done.code == 0, done.err
        assert rules(stack) == [("10", ["/*"], stack.outputs.maintenance_target_group_arn)]
        assert "Maintenance is on. `bin/ops maintenance off --stack staging` ends it." in done.out
        assert wanted(cloud) == {"web": 1, "worker": 2, "schedule": 1}, "it was not asked for"

    def test_lets_addresses_through_first(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        allowed = [f"203.0.113.{n}" for n in range(6)] + ["203.0.113.1", "2001:db8::/32"]
        done = ops("maintenance", "on", "--yes", *(w for a in allowed for w in ("--allow", a)))
        assert done.code == 0, done.err
        application = stack.outputs.target_group_arn
        assert rules(stack) == [
            ("1", [f"203.0.113.{n}/32" for n in range(5)], application),
            ("10", ["/*"], stack.outputs.maintenance_target_group_arn),
            ("2", ["203.0.113.5/32", "2001:db8::/32"], application),
        ], "AWS takes five addresses a rule"
        made = [each["Priority"] for each in aws.with_parameters(CREATE)]
        assert made == [1, 2, 10], "who is let through sees the page for a moment"

    def test_keeps_the_page_where_the_function_reads_it(
        self, ops: Ops, stack: Stack, cloud: Deploying, page: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ops("maintenance", "on", "--page", str(page), "--retry-after", "900", "--yes")
        kept = item(stack)
        assert kept
        monkeypatch.setattr(function, "current", lambda: kept)
        answer = function.handler({"headers": {"accept": "text/html"}}, None)
        assert answer["body"] == "<h1>Zurück um zehn</h1>", "visitors get the plain page"
        assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "900")

    def test_stops_workers_when_that_is_asked_for(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("maintenance", "on", "--workers", "stop", "--yes")
        assert wanted(cloud) == {"web": 1, "worker": 0, "schedule": 0}
        assert suspended("worker"), "AWS starts one again at once"
        assert "worker: no task instead of 2, and its scaling is suspended" in done.err

    def test_says_what_it_will_do_and_asks(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("maintenance", "on", input="n\n")
        assert (done.code, rules(stack), item(stack)) == (1, [], None)
        assert "Visitors get a plain page with status 503, and Retry-After: 300 seconds" in done.err
        assert "schedule, worker go on working (--workers stop stops them)." in done.err
        assert ops("maintenance", "on").code == 2, "nobody was asked, and it went on"

    def test_is_written_down(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        ops("maintenance", "on", "--yes")
        (entry,) = journal.newest(stack.dynamodb, stack.outputs.releases_table_name, 5)
        assert entry.verb == "maintenance on"
        assert entry.what.startswith("Visitors get a plain page")
        assert len(stack.ledger.history()) == 3, "it is no release"

    def test_once_more_changes_what_is_different(
        self, ops: Ops, stack: Stack, cloud: Deploying, page: Path, aws: Calls
    ) -> None:
        six = [word for n in range(6) for word in ("--allow", f"203.0.113.{n}")]
        ops("maintenance", "on", "--yes", *six)
        since = json.loads(ops("maintenance", "--json").out)["since"]
        ops("maintenance", "on", "--page", str(page), "--allow", "198.51.100.1", "--yes")
        assert [(each[0], each[1]) for each in rules(stack)] == [
            ("1", ["198.51.100.1/32"]),
            ("10", ["/*"]),
        ], "who was let through before still is"
        told = json.loads(ops("maintenance", "--json").out)
        assert (told["since"], told["own_page"]) == (since, True)
        again = ops("maintenance", "on", "--page", str(page), "--allow", "198.51.100.1")
        assert "That is so already" in again.out

    def test_leaves_workers_stopped_that_it_stopped(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("maintenance", "on", "--workers", "stop", "--yes")
        again = ops("maintenance", "on", "--allow", "198.51.100.1", "--yes")
        assert "worker: no task, as now, and its scaling is suspended" in again.err
        assert "ECS stops its tasks" not in again.err, "there is none to stop"
        ops("maintenance", "off", "--yes")
        assert wanted(cloud) == {"web": 1, "worker": 2, "schedule": 1}, "nobody starts them again"


class TestOff:
    """Everything is as it was."""

    def test_takes_everything_back(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        ops("maintenance", "on", "--allow", "198.51.100.1", "--workers", "stop", "--yes")
        done = ops("maintenance", "off", "--yes")
        assert done.code == 0, done.err
        assert (rules(stack), item(stack)) == ([], None)
        assert wanted(cloud) == {"web": 1, "worker": 2, "schedule": 1}
        assert not suspended("worker"), "nothing scales the workers ever again"
        assert done.out == "Maintenance is off.\n"

    def test_leaves_what_somebody_started_meanwhile(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("maintenance", "on", "--workers", "stop", "--yes")
        cloud.running.services["worker"]["desiredCount"] = 3
        done = ops("maintenance", "off", "--yes")
        assert wanted(cloud)["worker"] == 3
        assert "worker: has 3 already, which stay." in done.err
        assert not suspended("worker")

    def test_leaves_scaling_suspended_that_was_before(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        before = {
            "DynamicScalingInSuspended": True,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        }
        change("worker", SuspendedState=before)
        ops("maintenance", "on", "--workers", "stop", "--yes")
        assert suspended("worker")
        ops("maintenance", "off", "--yes")
        assert target("worker")["SuspendedState"] == before
        assert limits("worker") == (1, 4)

    def test_without_maintenance_changes_nothing(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("maintenance", "off")
        assert (done.code, cloud.asked) == (0, [])
        assert done.out == "There is no maintenance; nothing was changed.\n"


class StoppedHereError(Exception):
    """The person, or the machine, stops the verb before it asks AWS the next thing."""


class TestInterrupted:
    """Wherever it stops, the same again finishes it, and `off` takes it back."""

    ON = ("maintenance", "on", "--allow", "198.51.100.1", "--workers", "stop", "--yes")
    OFF = ("maintenance", "off", "--yes")

    def test_on_goes_on_when_it_is_run_again(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        for call in count(1):
            cloud.clock.sleep(1)
            ended = self._stopped_before(call, ops, aws, self.ON)
            done = ops(*self.ON)
            assert done.code == 0, f"stopped before {call}: {done.err}"
            assert [each[0] for each in rules(stack)] == ["1", "10"]
            assert wanted(cloud) == {"web": 1, "worker": 0, "schedule": 0}
            assert suspended("worker")
            ops(*self.OFF)
            self._all_is_as_before(stack, cloud, f"stopped before {call}")
            if ended:
                break
        assert call > 10, "it was stopped nowhere"

    def test_on_is_taken_back(self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
        for call in count(1):
            cloud.clock.sleep(1)
            ended = self._stopped_before(call, ops, aws, self.ON)
            assert ops(*self.OFF).code == 0
            self._all_is_as_before(stack, cloud, f"stopped before {call}")
            if ended:
                break
        assert call > 10, "it was stopped nowhere"

    def test_off_goes_on_when_it_is_run_again(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        for call in count(1):
            cloud.clock.sleep(1)
            ops(*self.ON)
            ended = self._stopped_before(call, ops, aws, self.OFF)
            assert ops(*self.OFF).code == 0
            self._all_is_as_before(stack, cloud, f"stopped before {call}")
            if ended:
                break
        assert call > 10, "it was stopped nowhere"

    @staticmethod
    def _stopped_before(call: int, ops: Ops, aws: Calls, words: tuple[str, ...]) -> bool:
        """Run the verb up to a call of AWS; whether it ended before that."""
        left = [call - 1]

        def note(*asked: Any) -> Any:
            if not left[0]:
                raise StoppedHereError
            left[0] -= 1
            return Calls.note(aws, *asked)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(aws, "note", note)
            try:
                ops(*words)
            except StoppedHereError:
                return False
        return True

    @staticmethod
    def _all_is_as_before(stack: Stack, cloud: Deploying, when: str) -> None:
        assert (rules(stack), item(stack)) == ([], None), when
        assert wanted(cloud) == {"web": 1, "worker": 2, "schedule": 1}, (
            f"{when}: what was half stopped was taken for how it had been"
        )
        assert not suspended("worker"), when


class TestStatus:
    """What a person, and a script, learns of it."""

    def test_is_what_the_verb_alone_tells(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("maintenance")
        assert (done.code, done.out) == (
            0,
            "Maintenance is off: visitors reach the application.\n",
        )

    def test_tells_since_when_for_whom_and_what_is_stopped(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("maintenance", "on", "--allow", "198.51.100.1", "--workers", "stop", "--yes")
        done = ops("maintenance", "status")
        assert done.code == 0, done.err
        assert re.search(r"Maintenance is on since .* UTC, by moto\.\n", done.out)
        assert "The page: a plain page, with Retry-After: 300 seconds" in done.out
        assert "Let through: 198.51.100.1/32" in done.out
        assert "worker: stopped; 2 before" in done.out
        told = json.loads(ops("maintenance", "--json").out)
        assert told["state"] == "on"
        assert told["addresses"] == ["198.51.100.1/32"]
        assert told["stopped"] == {
            "worker": {"tasks_before": 2, "tasks": 0},
            "schedule": {"tasks_before": 1, "tasks": 0},
        }

    def test_fails_when_it_is_half_done(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        ops("maintenance", "on", "--yes")
        found = client("elbv2").describe_rules(ListenerArn=stack.outputs.listener_arn)["Rules"]
        client("elbv2").delete_rule(RuleArn=found[0]["RuleArn"])
        done = ops("maintenance")
        assert done.code == 1, "a script believes that it is on"
        assert "Visitors reach the application: it was interrupted, or the listener" in done.out
        assert state(ops) == "unfinished"

    def test_tells_a_page_that_no_notice_explains(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("maintenance", "on", "--yes")
        key: Any = {"stack": {"S": "maintenance"}, "number": {"N": "1"}}
        stack.dynamodb.delete_item(TableName=stack.outputs.releases_table_name, Key=key)
        done = ops("maintenance")
        assert (done.code, done.out.splitlines()[0]) == (1, "Maintenance is on.")
        assert ops("maintenance", "off", "--yes").code == 0
        assert not rules(stack)


class TestRefusals:
    """What cannot work is refused before anything changes."""

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("--allow", "office"), "'office' is no address."),
            (("--allow", "0.0.0.0/0"), "0.0.0.0/0 is everybody: nobody would see the page."),
            (
                ("--page", "missing.html"),
                "missing.html cannot be read: No such file or directory.",
            ),
            (
                tuple(w for n in range(ADDRESSES_MAX + 1) for w in ("--allow", f"198.51.100.{n}")),
                "46 addresses are more than the 45 that there are rules for.",
            ),
        ],
        ids=["word", "everybody", "file", "many"],
    )
    def test_of_options(
        self, words: tuple[str, ...], said: str, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("maintenance", "on", "--yes", *words)
        assert done.code == 2
        assert said in done.err
        assert (rules(stack), item(stack)) == ([], None)

    @pytest.mark.parametrize(
        ("content", "said"),
        [(b"", "is empty"), (b"x" * 307_201, "has 307,201 bytes"), (b"\xff", "in UTF-8")],
        ids=["empty", "large", "binary"],
    )
    def test_of_pages(
        self, content: bytes, said: str, ops: Ops, stack: Stack, cloud: Deploying, page: Path
    ) -> None:
        page.write_bytes(content)
        done = ops("maintenance", "on", "--yes", "--page", str(page))
        assert (done.code, item(stack)) == (2, None)
        assert said in done.err

    def test_of_a_rule_that_somebody_else_made(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        arn = client("elbv2").create_rule(
            ListenerArn=stack.outputs.listener_arn,
            Priority=3,
            Conditions=[{"Field": "path-pattern", "Values": ["/old/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": stack.outputs.target_group_arn}],
        )["Rules"][0]["RuleArn"]
        done = ops("maintenance", "on", "--yes")
        assert done.code == 1
        assert "a rule of priority 3 that maintenance did not make" in done.err
        assert f"--rule-priorities RuleArn={arn},Priority=13" in done.err
        assert item(stack) is None

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("AccessDenied", "bin/ops permissions maintenance --stack staging"),
            ("ExpiredToken", "your AWS login has expired"),
            ("Throttling", "Throttling"),
        ],
    )
    def test_by_aws_is_said_with_what_to_do(
        self, code: str, said: str, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse(CREATE, code)
        done: Done = ops("maintenance", "on", "--yes")
        assert done.code == 1
        assert said in done.err
        assert state(ops) == "unfinished", "nobody learns that it has begun"

    def test_of_another_account_changes_nothing(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        other = {
            "Account": "999999999999",
            "Arn": "arn:aws:iam::999999999999:user/x",
            "UserId": "x",
        }
        aws.answer("sts:GetCallerIdentity", other)
        done = ops("maintenance", "on", "--yes")
        assert (done.code, item(stack)) == (1, None)
        assert "999999999999" in done.err


def test_it_needs_what_it_asks(ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
    on = ("maintenance", "on", "--workers", "stop", "--yes")
    ops(*on, "--allow", "198.51.100.1")
    ops(*on, "--allow", "198.51.100.2")
    ops("maintenance", "off", "--yes")
    ops("maintenance")
    check_needs("maintenance", aws.made)
