"""`status`: everything that matters on one screen; its exit code is for scripts."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Done, Ops
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, PREFIX, REGION, Stack, client
from tests.ops.world import World, rule


@pytest.fixture
def world(running: Running, aws: Calls) -> World:
    return World(aws)


def _line(done: Done, name: str) -> str:
    """The line of that name, mark and all."""
    return next(line for line in done.out.splitlines() if line[2:].startswith(f"{name} "))


def test_a_stack_that_does_well_is_one_screen_and_exit_code_0(ops: Ops, world: World) -> None:
    done = ops("status")
    assert done.code == 0, done.out
    assert done.out.splitlines()[0].split("  ")[-1] == "nothing is wrong"
    assert "https://staging.example.com/" in done.out
    assert _line(done, "release") == "✓ release      3, 2026-03-02 11:30 by ada, serves"
    assert _line(done, "processes").endswith(
        "web 1/1 healthy, schedule 1/1 healthy, worker 1/1 healthy"
    )
    assert _line(done, "alarms") == "✓ alarms       none of 1 rings", "scaling is no alarm"
    assert _line(done, "requests").endswith(
        "10000 in the last hour, 0.03 % failed (3), p50 21 ms, p99 1.2 s"
    )
    assert _line(done, "queue").endswith("worker 0 waiting, 0 being done, no dead letters")
    assert _line(done, "database").endswith(
        "available, CPU 7 %, 12 connections, 17.5 of 20 GiB free"
    )
    assert _line(done, "backup").endswith("8 h ago, 1 in the last 40 days")
    assert _line(done, "restore test").endswith("none yet")
    assert _line(done, "cost").endswith("41.20 USD this month")
    assert len(done.out.splitlines()) <= 24, "one screen"


def test_a_program_gets_every_number(ops: Ops, world: World) -> None:
    found = json.loads(ops("status", "--json").out)
    assert (found["stack"], found["wrong"], found["unknown"]) == ("staging", [], [])
    sections = found["sections"]
    assert sections["requests"]["facts"]["error_percent"] == 0.03
    assert sections["processes"]["facts"]["web"]["healthy"] == 1
    assert sections["database"]["facts"]["free_gib"] == 17.5
    assert sections["cost"]["facts"] == {"amount": 41.2, "unit": "USD"}
    assert sections["release"]["facts"]["serving"] == 3


def test_a_failed_release_is_wrong_though_the_one_before_serves(
    ops: Ops, stack: Stack, world: World
) -> None:
    failed = dataclasses.replace(
        stack.records[-1], verdict="failed", reason="web: 3 new tasks failed", task_definitions={}
    )
    stack.ledger.open(failed)
    done = ops("status")
    assert done.code == 1
    assert "failed: web: 3 new tasks failed; release 3 serves" in _line(done, "release")
    assert done.out.splitlines()[0].endswith("wrong: release")


def test_a_release_under_way_is_not_judged(
    ops: Ops, stack: Stack, running: Running, world: World
) -> None:
    begun = datetime.now(UTC) - timedelta(minutes=20)
    stack.ledger.open(
        dataclasses.replace(
            stack.records[-1], verdict="running", started_at=begun, task_definitions={}
        )
    )
    old = running.services["web"]["deployments"][0]
    new = running.deployment("web", 4, 1, "IN_PROGRESS", runningCount=0)
    running.services["web"]["deployments"] = [new, {**old, "status": "ACTIVE"}]
    done = ops("status")
    assert done.code == 0
    assert "is under way; release 3 serves" in _line(done, "release")


class TestAReleaseThatWasKilled:
    """Nothing but the time tells: its record stays open until the next one."""

    @pytest.fixture(autouse=True)
    def _killed(self, stack: Stack, world: World) -> None:
        stack.ledger.open(
            dataclasses.replace(
                stack.records[-1],
                verdict="running",
                started_at=datetime.now(UTC) - timedelta(days=21),
                ended_at=None,
                task_definitions={},
            )
        )

    def test_is_wrong(self, ops: Ops) -> None:
        done = ops("status")
        assert done.code == 1
        assert _line(done, "release").endswith(
            "by ada, was interrupted: nothing says how it ended; release 3 serves"
        )

    def test_leaves_processes_that_are_judged(self, ops: Ops, running: Running) -> None:
        running.serve("web", number=2)
        done = ops("status")
        assert "web: runs flaskapp-staging-web:2, which is not of release 3" in done.out

    def test_is_found_though_the_file_is_refused(self, ops: Ops, root: Path) -> None:
        path = root / "Pulumi.staging.yaml"
        path.write_text(path.read_text() + "  flask-fargate:strange: 1\n")
        assert _line(ops("status"), "release").startswith("✗")


def test_a_release_may_take_as_long_as_its_settings_let_it(
    ops: Ops, stack: Stack, world: World, root: Path
) -> None:
    """15 min for the phase, 10 for the rollout, and an hour for a snapshot before it."""
    begun = datetime.now(UTC) - timedelta(minutes=84)
    made = stack.ledger.open(
        dataclasses.replace(stack.records[-1], verdict="running", started_at=begun)
    )
    assert _line(ops("status"), "release").startswith("·")
    stack.ledger.update(made, started_at=begun - timedelta(minutes=2))
    assert _line(ops("status"), "release").startswith("✗")


def test_a_rollback_serves_like_any_release(
    ops: Ops, stack: Stack, running: Running, world: World
) -> None:
    stack.ledger.open(dataclasses.replace(stack.records[1], rollback_to=2))
    for process in list(running.services):
        running.serve(process, number=2)
    done = ops("status")
    assert done.code == 0, done.out
    assert "4 (back to 2), " in _line(done, "release")


def test_a_stack_without_a_release_says_so(ops: Ops, stack: Stack, world: World) -> None:
    for record in stack.records:
        key = {"stack": {"S": PREFIX}, "number": {"N": str(record.number)}}
        stack.dynamodb.delete_item(TableName=f"{PREFIX}-releases", Key=key)
    assert _line(ops("status"), "release") == "✗ release      none yet: nothing has been released"


def test_a_process_that_does_not_run_is_wrong_with_its_reason(
    ops: Ops, running: Running, world: World
) -> None:
    running.lose("worker")
    running.fail_task("worker")
    done = ops("status")
    assert done.code == 1
    assert _line(done, "processes").startswith("✗")
    assert "worker: 0 of 1 task running" in done.out


def test_a_revision_that_no_release_made_is_wrong(ops: Ops, running: Running, world: World) -> None:
    running.serve("web", number=2)
    done = ops("status")
    assert "web: runs flaskapp-staging-web:2, which is not of release 3" in done.out
    assert done.code == 1


def test_an_alarm_that_rings_is_named(ops: Ops, world: World) -> None:
    world.alarms[0] |= {"StateValue": "ALARM", "AlarmDescription": "visitors see errors"}
    done = ops("status")
    assert done.code == 1
    assert _line(done, "alarms") == "✗ alarms       1 of 1 ring"
    assert f"{PREFIX}-errors: visitors see errors" in done.out


@pytest.mark.parametrize(
    ("answered", "errors", "code"),
    [(1000.0, 11.0, 1), (1000.0, 9.0, 0), (3.0, 2.0, 0), (0.0, 40.0, 1)],
    ids=["more than one in a hundred", "fewer", "a handful", "nothing but errors"],
)
def test_errors_are_wrong_from_a_share_on(
    ops: Ops, world: World, answered: float, errors: float, code: int
) -> None:
    world.metrics |= {"RequestCount": [answered], "HTTPCode_Target_5XX_Count": [errors]}
    done = ops("status", "--json")
    assert done.code == code
    assert json.loads(done.out)["sections"]["requests"]["facts"]["error_percent"] <= 100


@pytest.mark.parametrize(("failed", "code"), [(0.0, 0), (3.0, 0), (11.0, 1)])
def test_the_page_of_a_maintenance_is_no_error_of_the_application(
    ops: Ops, stack: Stack, world: World, failed: float, code: int
) -> None:
    """The balancer counts it as a target's 503; who is let through may see real ones."""
    target = stack.outputs.target_group_arn.rpartition(":")[2]
    balancer = stack.outputs.balancer_arn.partition(":loadbalancer/")[2]
    application = f" {balancer} {target}"
    world.metrics |= {
        "RequestCount": [5000.0],
        "HTTPCode_Target_5XX_Count": [4000.0 + failed],
        "TargetResponseTime p50": [9.0],
        f"RequestCount{application}": [1000.0],
        f"HTTPCode_Target_5XX_Count{application}": [failed],
        f"TargetResponseTime p50{application}": [0.021],
    }
    done = ops("status")
    assert done.code == code, _line(done, "requests")
    assert "1000 in the last hour, " in _line(done, "requests")
    assert f" failed ({failed:.0f}), p50 21 ms" in _line(done, "requests")


def test_what_the_balancer_itself_refuses_is_counted_for_all_of_it(
    ops: Ops, stack: Stack, world: World
) -> None:
    """It knows no target group for that: a number for one is never there."""
    balancer = stack.outputs.balancer_arn.partition(":loadbalancer/")[2]
    world.metrics[f"HTTPCode_ELB_5XX_Count {balancer}"] = [900.0]
    assert "(903)" in _line(ops("status"), "requests")


def test_dead_letters_are_wrong(ops: Ops, stack: Stack, world: World) -> None:
    url = stack.outputs.dead_letter_urls["worker"]
    client("sqs").send_message(QueueUrl=url, MessageBody="x")
    done = ops("status")
    assert done.code == 1
    assert "worker 0 waiting, 0 being done, 1 given up as dead letters" in done.out


def test_a_queue_that_nobody_empties_is_wrong(ops: Ops, stack: Stack, world: World) -> None:
    client("sqs").send_message(QueueUrl=stack.outputs.queue_urls["worker"], MessageBody="x")
    world.metrics["ApproximateAgeOfOldestMessage"] = [600.0]
    assert ops("status").code == 0, "ten minutes are no reason to worry"
    world.metrics["ApproximateAgeOfOldestMessage"] = [7200.0]
    done = ops("status")
    assert done.code == 1
    assert "worker 1 waiting, 0 being done, the oldest for 2 h" in done.out


@pytest.mark.parametrize(
    ("instance", "metrics", "said"),
    [
        ({"DBInstanceStatus": "storage-full"}, {}, "it is storage-full, and may not answer"),
        ({}, {"CPUUtilization": [97.0]}, "its CPU is 97 % busy"),
        (
            {"MaxAllocatedStorage": 20},
            {"FreeStorageSpace": [2.0**30]},
            "1.0 GiB are free and it may not grow",
        ),
    ],
    ids=["state", "busy", "full"],
)
def test_a_database_in_trouble_is_wrong(
    ops: Ops,
    world: World,
    instance: dict[str, Any],
    metrics: dict[str, list[float]],
    said: str,
) -> None:
    world.instance |= instance
    world.metrics |= metrics
    done = ops("status")
    assert done.code == 1
    assert said in done.out


def test_a_database_that_still_may_grow_is_not_full(ops: Ops, world: World) -> None:
    world.metrics["FreeStorageSpace"] = [2.0**30]
    assert ops("status").code == 0


def test_a_database_that_is_gone_is_wrong(ops: Ops, world: World, aws: Calls) -> None:
    aws.refuse("rds:DescribeDBInstances", "DBInstanceNotFound")
    done = ops("status")
    assert done.code == 1
    assert f"RDS knows none of the name {PREFIX}" in done.out


class TestAFirstRelease:
    """Its outputs are published before its release phase, its services are made behind that."""

    @pytest.fixture(autouse=True)
    def _nothing_runs(self, running: Running, world: World, stack: Stack) -> None:
        running.services.clear()
        first = stack.records[0]
        for record in stack.records:
            stack.ledger.save(dataclasses.replace(first, number=record.number, verdict="failed"))

    def test_that_failed_is_what_is_wrong(self, ops: Ops, stack: Stack) -> None:
        done = ops("status")
        assert done.code == 1
        assert "no release serves" in _line(done, "release")
        assert _line(done, "processes").endswith(
            "web not there, schedule not there, worker not there"
        )

    def test_that_is_under_way_is_no_fault_of_the_processes(self, ops: Ops, stack: Stack) -> None:
        latest = stack.ledger.latest()
        assert latest is not None
        stack.ledger.update(latest, verdict="running", started_at=datetime.now(UTC))
        done = ops("status")
        assert _line(done, "processes") == ("· processes    none yet: the first release makes them")
        assert _line(done, "release").startswith("·")


def test_a_backup_that_is_too_old_is_wrong(ops: Ops, world: World) -> None:
    world.points = [
        world.point(timedelta(hours=30)),
        world.point(timedelta(hours=1), Status="PARTIAL"),
        world.point(
            timedelta(minutes=1),
            RecoveryPointArn=f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:continuous:db-x",
        ),
    ]
    done = ops("status")
    assert _line(done, "backup").startswith("✗"), "neither a part nor the continuous one counts"
    assert _line(done, "backup").endswith("; the plan makes one every day")
    assert done.code == 1


@pytest.mark.parametrize(
    ("crons", "days", "mark"),
    [
        (["cron(0 2 * * ? *)"], 1.05, "✓"),
        (["cron(0 2 ? * SAT *)"], 6, "✓"),
        (["cron(0 2 ? * SAT *)"], 8, "✗"),
        (["cron(0 2 ? * MON-FRI *)"], 2, "✓"),
        (["cron(0 2 1 * ? *)", "cron(0 2 ? * SAT *)"], 8, "✗"),
        (["cron(0 2 1 * ? *)"], 30, "✓"),
        (["cron(0 2 1 JAN ? *)"], 300, "✓"),
        ([], 300, "·"),
    ],
)
def test_a_backup_is_as_old_as_its_plan_lets_it_be(
    ops: Ops, world: World, crons: list[str], days: float, mark: str
) -> None:
    world.rules = [rule("cron(30 1 * * ? *)", continuous=True), *map(rule, crons)]
    world.points = [world.point(timedelta(days=days))]
    assert _line(ops("status"), "backup").startswith(mark)


def test_a_plan_that_is_gone_makes_no_backups(ops: Ops, world: World, aws: Calls) -> None:
    aws.refuse("backup:GetBackupPlan", "ResourceNotFoundException")
    assert _line(ops("status"), "backup") == (
        "✗ backup       the plan plan is gone: nothing is backed up any more"
    )


def test_no_backup_is_wrong_but_on_the_first_day(ops: Ops, stack: Stack, world: World) -> None:
    world.points = []
    assert _line(ops("status"), "backup").startswith("✗")
    first = dataclasses.replace(stack.records[0], started_at=datetime.now(UTC))
    for record in stack.records:
        stack.ledger.save(dataclasses.replace(first, number=record.number))
    assert _line(ops("status"), "backup").startswith("·")


def test_no_backup_is_wrong_however_often_is_released(ops: Ops, stack: Stack, world: World) -> None:
    world.points, world.rules = [], [rule("cron(0 2 ? * SUN *)")]
    for hours in range(52, 0, -1):
        at = world.now - timedelta(hours=hours)
        stack.ledger.open(dataclasses.replace(stack.records[-1], started_at=at, ended_at=at))
    assert _line(ops("status"), "backup") == "✗ backup       none yet"


def test_a_restore_test_is_judged_by_the_newest(ops: Ops, world: World) -> None:
    world.jobs = [
        world.restore(timedelta(hours=2), "COMPLETED", "SUCCESSFUL"),
        world.restore(timedelta(days=30), "FAILED"),
        {**world.restore(timedelta(hours=1), "FAILED"), "CreatedBy": {}},
    ]
    done = ops("status")
    assert done.code == 0, "a person's own restore is no test"
    assert "2 h ago, completed, validation successful" in _line(done, "restore test")
    world.jobs[0] |= {"ValidationStatus": "FAILED", "ValidationStatusMessage": "no rows"}
    done = ops("status")
    assert done.code == 1
    assert "no rows" in done.out


def test_what_the_role_may_not_read_is_unknown_and_exit_code_2(
    ops: Ops, world: World, aws: Calls
) -> None:
    aws.refuse("rds:DescribeDBInstances", "AccessDenied")
    done = ops("status")
    assert done.code == 2, "a script must not take this for well"
    assert _line(done, "database").startswith("? database")
    assert "your role may not ask for it (DescribeDBInstances)" in _line(done, "database")
    assert json.loads(ops("status", "--json").out)["unknown"] == ["database"]


def test_a_cost_that_may_not_be_read_is_no_fault(ops: Ops, world: World, aws: Calls) -> None:
    aws.refuse("ce:GetCostAndUsage", "AccessDeniedException")
    done = ops("status")
    assert done.code == 0
    assert "not known: your role may not ask for it" in _line(done, "cost")


def test_tags_that_aws_does_not_count_by_are_named(ops: Ops, world: World) -> None:
    world.amount, world.active_tags = "0", ["Project"]
    line = _line(ops("status"), "cost")
    assert "activate the cost allocation tags Environment in the Billing console" in line


def test_the_cost_is_not_asked_for_when_it_is_left_out(
    ops: Ops, world: World, calls: list[str]
) -> None:
    assert "cost" not in ops("status", "--no-cost").out
    assert not [call for call in calls if call.startswith("ce:")]


def test_a_login_that_expires_meanwhile_is_one_message_and_exit_code_2(
    ops: Ops, world: World, aws: Calls
) -> None:
    aws.refuse("cloudwatch:GetMetricData", "ExpiredToken")
    done = ops("status")
    assert (done.code, done.out) == (2, "")
    assert "status of staging stopped: your AWS login has expired." in done.err


def test_a_stack_that_is_not_there_cannot_be_read(ops: Ops, stack: Stack) -> None:
    assert ops("status", stack="prod").code == 2


def test_it_needs_what_it_asks(ops: Ops, running: Running, world: World, aws: Calls) -> None:
    running.lose("web")
    running.fail_task("web")
    world.amount = "0"
    ops("status")
    check_needs("status", aws.made)
