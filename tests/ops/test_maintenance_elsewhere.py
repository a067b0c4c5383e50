"""What `status`, `ps` and `doctor` say of a maintenance: nobody should wonder at its page."""

import json

import pytest

from ops.maintenance import listener_rules
from ops.maintenance import notice as maintenance_notice
from tests.ops.calls import Calls
from tests.ops.conftest import Done, Ops
from tests.ops.deploying import Deploying
from tests.ops.looking import Look, only
from tests.ops.running import Running
from tests.ops.stack import Stack, client
from tests.ops.world import World


@pytest.fixture(autouse=True)
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    World(aws)
    return Deploying.on(running, aws, monkeypatch)


def line(done: Done) -> str:
    return next(each for each in done.out.splitlines() if each[2:].startswith("maintenance "))


def begin(ops: Ops, *options: str) -> None:
    done = ops("maintenance", "on", *options, "--yes")
    assert done.code == 0, done.err


def test_without_one_status_says_so(ops: Ops) -> None:
    done = ops("status")
    assert line(done) == "✓ maintenance  none"
    assert "in maintenance" not in done.out


def test_status_tells_one_that_is_on_and_does_not_judge_it(ops: Ops) -> None:
    begin(ops, "--workers", "stop")
    done = ops("status")
    assert line(done).startswith("· maintenance  visitors see its page since ")
    assert line(done).endswith("by moto; stopped: schedule, worker")
    assert "in maintenance; " in done.out.splitlines()[0]
    assert "maintenance" not in json.loads(ops("status", "--json").out)["wrong"]


def test_half_of_one_is_wrong(ops: Ops, stack: Stack) -> None:
    begin(ops)
    rules = listener_rules.read(stack.elbv2, stack.outputs)
    listener_rules.remove(stack.elbv2, rules)
    done = ops("status")
    assert line(done).startswith("✗ maintenance  begun or ended by half")
    assert done.code == 1


def test_a_rule_of_somebody_elses_stops_no_other_line(ops: Ops, stack: Stack, look: Look) -> None:
    client("elbv2").create_rule(
        ListenerArn=stack.outputs.listener_arn,
        Priority=3,
        Conditions=[{"Field": "path-pattern", "Values": ["/old/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": stack.outputs.target_group_arn}],
    )
    done = ops("status")
    assert line(done).startswith("? maintenance  not known: The balancer's listener has a rule")
    assert "processes" in done.out
    assert json.loads(ops("status", "--json").out)["unknown"] == ["maintenance"]
    state, said, remedy = only(look("maintenance"))
    assert (state, said[:23]) == ("unknown", "maintenance: not known:")
    assert remedy == "`bin/ops maintenance --stack staging` says what to do about it"


def test_ps_says_why_no_worker_runs(ops: Ops, running: Running) -> None:
    begin(ops, "--workers", "stop")
    for process in ("worker", "schedule"):
        running.serve(process, 0)
    assert "worker: stopped for maintenance " in ops("ps").out
    found = json.loads(ops("ps", "--json").out)["processes"]
    stopped = {each["process"] for each in found if each["stopped_by_maintenance"]}
    assert stopped == {"schedule", "worker"}


def test_ps_blames_no_maintenance_for_what_it_did_not_stop(ops: Ops, running: Running) -> None:
    begin(ops)
    running.serve("worker", 0)
    assert "worker: no task is wanted" in ops("ps").out


def test_who_may_not_read_the_notice_sees_the_rest(ops: Ops, aws: Calls, running: Running) -> None:
    running.serve("worker", 0)
    aws.refuse("dynamodb:GetItem", "AccessDeniedException")
    assert "worker: no task is wanted" in ops("ps").out


def test_doctor_names_what_ends_it(look: Look, ops: Ops) -> None:
    begin(ops)
    state, said, remedy = only(look("maintenance"))
    assert (state, said[:25]) == ("warning", "visitors see its page sin")
    assert "bin/ops maintenance off --stack staging" in remedy


def test_doctor_takes_half_of_one_for_a_problem(look: Look, ops: Ops, stack: Stack) -> None:
    begin(ops)
    table = stack.outputs.releases_table_name
    notice = maintenance_notice.read(stack.dynamodb, table)
    assert notice
    maintenance_notice.delete(stack.dynamodb, table, notice)
    state, said, remedy = only(look("maintenance"))
    assert (state, said) == (
        "problem",
        "maintenance: begun or ended by half; `bin/ops maintenance` says what is missing",
    )
    assert "or `on` again" in remedy
