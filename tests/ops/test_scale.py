"""`scale`: how many tasks a process has."""

import json
from pathlib import Path

import pytest

from ops import journal
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.meanwhile import during_the_question
from tests.ops.running import Running
from tests.ops.scaled import limit, limits
from tests.ops.stack import PREFIX, Stack


@pytest.fixture
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    """One task of each process; AWS scales web and worker between 1 and 2, as the file says."""
    for process in ("web", "worker"):
        limit(process, 1, 2)
    return Deploying.on(running, aws, monkeypatch)


def desired(cloud: Deploying, process: str) -> int:
    return int(cloud.running.services[process]["desiredCount"])


def write(root: Path, old: str, new: str) -> None:
    """Change the stack's file."""
    path = root / "Pulumi.staging.yaml"
    assert path.read_text().count(old) >= 1
    path.write_text(path.read_text().replace(old, new, 1))


class TestShowing:
    """Without a wish it only reads."""

    def test_has_numbers_limits_and_what_the_file_says(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        limit("worker", 1, 2, SuspendedState={"ScheduledScalingSuspended": True})
        done = ops("scale")
        assert done.code == 0, done.err
        lines = [line.split() for line in done.out.splitlines()]
        assert ["web", "1", "1", "1", "to", "2", "1", "to", "2"] in lines
        assert ["worker", "1", "1", "1", "to", "2,", "suspended", "1", "to", "2"] in lines
        assert ["schedule", "1", "1", "-", "1"] in lines
        assert not cloud.asked

    def test_tells_a_program_the_same(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        web = json.loads(ops("scale", "--json").out)[0]
        assert web == {
            "process": "web",
            "desired": 1,
            "running": 1,
            "limits": {"minimum": 1, "maximum": 2, "suspended": False},
            "file": {"minimum": 1, "maximum": 2, "suspended": False},
        }


class TestANumber:
    """It is set at once; what will override it is said."""

    def test_is_asked_of_ecs(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("scale", "web=2", "--yes")
        assert done.code == 0, done.err
        (asked,) = cloud.asked
        assert (asked["service"], asked["desiredCount"]) == (f"{PREFIX}-web", 2)
        assert not asked.get("forceNewDeployment"), "the tasks that run would be replaced"
        (entry,) = journal.newest(stack.dynamodb, stack.outputs.releases_table_name, 5)
        assert (entry.verb, entry.what) == ("scale", "web: 2 instead of 1 tasks")

    def test_is_said_with_what_scaling_makes_of_it(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "web=2", input="n\n")
        assert done.err.startswith(
            "web: 2 tasks instead of 1.\n  AWS goes on choosing between 1 and 2 by load, and may "
            "override this within minutes; `web=2:2` holds it.\n"
        )
        assert (done.code, cloud.asked) == (1, [])

    def test_that_the_process_has_changes_nothing(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "web=1")
        assert (done.code, cloud.asked) == (0, [])
        assert "That is so already" in done.out

    def test_beyond_the_limits_is_refused_with_how_to_move_them(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "web=3", "--yes")
        assert done.code == 2
        assert "web=3: AWS holds web between 1 and 2 tasks, so it would not last." in done.err
        assert "`bin/ops scale web=1:3`" in done.err
        assert (
            "write min-tasks: 1 and max-tasks: 3 under flask-fargate:autoscaling in "
            "Pulumi.staging.yaml, then `make up`" in done.err
        )
        assert not cloud.asked

    def test_that_nothing_scales_is_held_to_the_rules_of_the_settings(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "schedule=2", "--yes")
        assert done.code == 0, done.err
        assert desired(cloud, "schedule") == 2
        assert "still says 1: the next `pulumi up` that compares with AWS" in done.err
        assert (
            "To keep it, write min-tasks: 2 and max-tasks: 2 under flask-fargate:processes: "
            "schedule." in done.err
        )
        refused = ops("scale", "schedule=500", "--yes")
        assert refused.code == 2
        assert "leaves" in refused.err
        assert "connections" in refused.err, refused.err
        assert desired(cloud, "schedule") == 2

    def test_of_no_task_is_refused_where_nothing_would_start_one_again(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "schedule=0", "--yes")
        assert done.code == 2
        assert "schedule=0: nothing would start a task of it again" in done.err


class TestLimits:
    """They are AWS's until an update brings the file's back."""

    def test_are_moved_and_the_number_with_them(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "worker=2:4", "--yes")
        assert done.code == 0, done.err
        assert limits("worker") == (2, 4)
        assert desired(cloud, "worker") == 2
        assert "worker: AWS scales it within 2 to 4 tasks, not 1 to 2." in done.err
        assert "worker: 2 tasks instead of 1." in done.err
        assert "Pulumi.staging.yaml still says 1 to 2" in done.err
        assert "min-tasks: 2 and max-tasks: 4 under flask-fargate:processes: worker." in done.err

    def test_that_hold_the_number_leave_it(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        told = json.loads(ops("scale", "worker=1:4", "--yes", "--json").out)
        assert not cloud.asked
        assert told["changes"] == [
            {
                "process": "worker",
                "desired_before": 1,
                "desired": 1,
                "limits_before": {"minimum": 1, "maximum": 2, "suspended": False},
                "limits": {"minimum": 1, "maximum": 4, "suspended": False},
            }
        ]

    @pytest.mark.parametrize(
        ("by_now", "after", "said"),
        [(3, 3, "which stay"), (6, 4, "so 4 are wanted")],
        ids=["fits", "is too much"],
    )
    def test_leave_the_number_that_scaling_chose_meanwhile(
        self,
        ops: Ops,
        stack: Stack,
        cloud: Deploying,
        monkeypatch: pytest.MonkeyPatch,
        by_now: int,
        after: int,
        said: str,
    ) -> None:
        """One task when the person was asked, more when the answer came: it has become busy."""
        worker = cloud.running.services["worker"]
        during_the_question(monkeypatch, lambda: worker.update(desiredCount=by_now))
        done = ops("scale", "worker=2:4", "--yes", "--json")
        assert desired(cloud, "worker") == after, "it loses tasks that it needs"
        assert f"worker: has {by_now} by now, {said}." in done.err
        assert json.loads(done.out)["changes"][0]["desired"] == after

    def test_back_to_what_the_file_says_are_said_to_last(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        limit("web", 1, 3)
        done = ops("scale", "web=1:2", "--yes")
        assert "still says" not in done.err

    def test_of_several_processes_must_fit_together(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        """Each alone has its connections, both together have not."""
        assert ops("scale", "web=1:5", input="n\n").code == 1
        assert ops("scale", "worker=1:8", input="n\n").code == 1
        done = ops("scale", "web=1:5", "worker=1:8", "--yes")
        assert done.code == 2
        assert "Pulumi.staging.yaml would not allow it: autoscaling.max-tasks: 5" in done.err
        assert limits("web") == (1, 2)

    def test_of_what_aws_does_not_scale_are_refused(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("scale", "schedule=1:3", "--yes")
        assert done.code == 2
        assert (
            "AWS does not scale schedule, as its min-tasks and max-tasks are the same" in done.err
        )

    def test_down_to_none_need_the_alarm_that_an_update_makes(
        self, ops: Ops, stack: Stack, cloud: Deploying, root: Path
    ) -> None:
        done = ops("scale", "worker=0:2", "--yes")
        assert done.code == 2
        assert "nothing would start the first task again" in done.err
        write(
            root,
            "      min-tasks: 1\n      max-tasks: 2\n      stop",
            "      min-tasks: 0\n      max-tasks: 2\n      stop",
        )
        assert ops("scale", "worker=0:2", "--yes").code == 0
        assert limits("worker") == (0, 2)

    def test_are_said_to_be_set_anew_by_a_schedule(
        self, ops: Ops, stack: Stack, cloud: Deploying, root: Path
    ) -> None:
        write(
            root,
            "schedule: []",
            "schedule: [{name: office-hours, cron: 'cron(0 7 ? * MON-FRI *)', "
            "timezone: Europe/Berlin, min-tasks: 1, max-tasks: 2}]",
        )
        done = ops("scale", "web=1:3", input="n\n")
        assert "The schedule office-hours sets the limits anew at its next time." in done.err

    def test_of_what_is_suspended_are_said_to_be_so(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        limit("worker", 1, 2, SuspendedState={"DynamicScalingInSuspended": True})
        assert "Its scaling is suspended" in ops("scale", "worker=2", input="n\n").err

    def test_are_moved_by_the_next_run_when_one_was_stopped_in_between(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("ecs:UpdateService", "ThrottlingException")
        assert ops("scale", "worker=2:4", "web=2", "--yes").code == 1
        aws.refused.clear()
        assert ops("scale", "worker=2:4", "web=2", "--yes").code == 0
        assert (desired(cloud, "worker"), desired(cloud, "web")) == (2, 2)


class TestWhatIsRefused:
    """Before AWS is asked for anything."""

    @pytest.mark.parametrize(
        "word", ["web", "web=", "web=-1", "web=x", "web=1:", "web=99999", "=3"]
    )
    def test_is_what_is_no_wish(self, ops: Ops, stack: Stack, cloud: Deploying, word: str) -> None:
        done = ops("scale", "--yes", "--", word)
        assert done.code == 2
        assert "write web=3 for three of them, or web=2:8" in done.err

    def test_is_the_same_process_twice(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        assert "web stands there twice" in ops("scale", "web=1", "web=2").err

    def test_is_a_pair_the_wrong_way_round(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        assert "the smaller number comes first" in ops("scale", "web=3:1").err

    def test_is_a_process_that_there_is_not(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("scale", "wep=2")
        assert done.err == "There is no process 'wep'; there are: web, schedule, worker."

    def test_is_a_service_that_is_gone(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        del cloud.running.services["worker"]
        assert (
            "ECS has no service for worker: `make up` makes it"
            in ops("scale", "worker=2", "--yes").err
        )


def test_an_expired_login_is_said(ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
    aws.refuse("application-autoscaling:DescribeScalableTargets", "ExpiredTokenException")
    assert "your AWS login has expired" in ops("scale").err


def test_it_needs_what_it_asks(ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
    ops("scale", "worker=2:3", "--yes")
    check_needs("scale", aws.made)
