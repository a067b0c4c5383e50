"""`restart`: new tasks of what runs, watched to the end."""

import json

import click
import pytest

from ops import journal
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.running import Running
from tests.ops.stack import Stack


@pytest.fixture
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    """Every process well, and an ECS that deploys."""
    return Deploying.on(running, aws, monkeypatch)


def test_every_process_gets_new_tasks_of_what_it_runs(
    ops: Ops, stack: Stack, cloud: Deploying
) -> None:
    before = {each["taskArn"] for each in cloud.running.tasks}
    done = ops("restart", "--yes")
    assert done.code == 0, done.err
    assert set(cloud.deployed()) == {"web", "worker", "schedule"}
    assert all(each["forceNewDeployment"] for each in cloud.asked)
    assert not any("taskDefinition" in each for each in cloud.asked), (
        "a restart would need the right to pass roles"
    )
    assert not before & {each["taskArn"] for each in cloud.running.tasks}
    assert "web: 1 of 1 new task healthy; complete" in done.err
    assert done.out == "Restarted: web with 1 task, schedule with 1 task, worker with 1 task.\n"
    (entry,) = journal.newest(stack.dynamodb, stack.outputs.releases_table_name, 5)
    assert entry.what == "restart of web, schedule, worker"
    assert len(stack.ledger.history()) == 3, "a restart is no release"


def test_one_process_is_restarted_alone(ops: Ops, stack: Stack, cloud: Deploying) -> None:
    told = json.loads(ops("restart", "worker", "worker", "--yes", "--json").out)
    assert set(cloud.deployed()) == {"worker"}
    (restarted,) = told["restarted"]
    assert (restarted["process"], restarted["running"]) == ("worker", 1)
    assert restarted["revision"].endswith("flaskapp-staging-worker:3")


def test_it_says_what_it_will_do_and_asks(ops: Ops, stack: Stack, cloud: Deploying) -> None:
    done = ops("restart", "web", input="n\n")
    assert "  web: 1 task of flaskapp-staging-web:3" in done.err
    assert "serve until the new ones are healthy" in done.err
    assert (done.code, cloud.asked) == (1, [])
    assert ops("restart").code == 2, "nobody was asked, and it went on"


def test_a_process_without_tasks_is_left_alone(ops: Ops, stack: Stack, cloud: Deploying) -> None:
    cloud.running.serve("worker", tasks=0)
    done = ops("restart", "worker", "--yes")
    assert (done.code, done.out, cloud.asked) == (0, "Nothing to restart.\n", [])
    assert "worker: no task is wanted" in done.err


def test_a_process_that_there_is_not_is_answered_with_those_that_there_are(
    ops: Ops, stack: Stack, cloud: Deploying
) -> None:
    done = ops("restart", "web", "clock", "--yes")
    assert done.code == 2
    assert done.err == "There is no process 'clock'; there are: web, schedule, worker."
    assert not cloud.asked


def test_a_service_that_is_gone_stops_it_before_anything_changes(
    ops: Ops, stack: Stack, cloud: Deploying
) -> None:
    del cloud.running.services["worker"]
    done = ops("restart", "--yes")
    assert done.err.startswith("ECS has no service for worker: `make up` makes it")
    assert not cloud.asked


def test_what_was_interrupted_is_watched_to_its_end(
    ops: Ops, stack: Stack, cloud: Deploying
) -> None:
    cloud.interrupted_at, cloud.looks_needed = 3, 4
    with pytest.raises(click.Abort):
        ops("restart", "web", "--yes")
    done = ops("restart", "web", "worker", "--yes")
    assert done.code == 0, done.err
    assert "web: is being deployed to already; watching that" in done.err
    assert [each["service"].rpartition("-")[2] for each in cloud.asked] == ["web", "worker"]


def test_tasks_that_die_fail_it_with_their_end_and_log(
    ops: Ops, stack: Stack, cloud: Deploying
) -> None:
    cloud.dies = "worker"
    done = ops("restart", "worker", "--yes")
    assert done.code == 1
    assert done.err.count("The restart of staging failed: worker: 3 new tasks failed.") == 1
    assert "container worker exit code 1" in done.err
    assert "run `bin/ops restart worker --stack staging` again" in done.err


def test_a_refusal_is_said_with_what_to_ask_for(
    ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
) -> None:
    aws.refuse("ecs:UpdateService", "AccessDeniedException")
    done = ops("restart", "web", "--yes")
    assert done.code == 1
    assert "bin/ops permissions restart --stack staging" in done.err


def test_it_needs_what_it_asks(ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
    cloud.dies = "web"
    ops("restart", "web", "--yes")
    check_needs("restart", aws.made)
