"""`ps`: processes, how many run, since when, how healthy, and why not."""

import json
from datetime import timedelta

from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.running import Running
from tests.ops.stack import CLUSTER, PREFIX, Stack, client

INSIGHTS = f"/aws/ecs/containerinsights/{CLUSTER}/performance"


def _measure(running: Running, service: str, cpu: float, memory: float) -> None:
    """What ECS measured of a service a minute ago."""
    client("cloudwatch").put_metric_data(
        Namespace="AWS/ECS",
        MetricData=[
            {
                "MetricName": name,
                "Value": value,
                "Timestamp": running.now - timedelta(minutes=1),
                "Dimensions": [
                    {"Name": "ClusterName", "Value": CLUSTER},
                    {"Name": "ServiceName", "Value": service},
                ],
            }
            for name, value in (("CPUUtilization", cpu), ("MemoryUtilization", memory))
        ],
    )


def _insights(running: Running, *lines: dict[str, object]) -> None:
    """Lines that Container Insights wrote a minute ago."""
    logs = client("logs")
    logs.create_log_group(logGroupName=INSIGHTS)
    logs.create_log_stream(logGroupName=INSIGHTS, logStreamName="a")
    at = int((running.now - timedelta(minutes=1)).timestamp() * 1000)
    logs.put_log_events(
        logGroupName=INSIGHTS,
        logStreamName="a",
        logEvents=[{"timestamp": at, "message": json.dumps(line)} for line in lines],
    )


def _process(ops: Ops, name: str) -> dict[str, object]:
    document = json.loads(ops("ps", "--json").out)
    return next(each for each in document["processes"] if each["process"] == name)


def test_what_is_well_shows_its_tasks_with_age_size_release_and_load(
    ops: Ops, running: Running
) -> None:
    _measure(running, f"{PREFIX}-web", 42, 61)
    task = running.add_task("web")
    _insights(
        running,
        {"Type": "Task", "TaskId": task, "CpuUtilized": 64, "CpuReserved": 256, "Timestamp": 1},
        {
            "Type": "Task",
            "TaskId": task,
            "CpuUtilized": 128.0,
            "CpuReserved": 256.0,
            "MemoryUtilized": 128,
            "MemoryReserved": 512,
            "Timestamp": 2,
        },
        {"Type": "Service", "ServiceName": f"{PREFIX}-web"},
    )
    done = ops("ps")
    assert done.code == 0, done.err
    assert "✓ web: 1 of 1 running, 2 healthy, release 3, CPU 42 %, memory 61 %" in done.out
    line = next(line for line in done.out.splitlines() if line.startswith(task[:8]))
    assert line.split() == [
        *(task[:8], "healthy", "2", "h", "0.25", "vCPU,", "512", "MiB,", "Spot"),
        *("3", "50", "%", "25", "%"),
    ], "the newest measurement of a task counts, in per cent of what it has"
    assert "1 h ago: (service flaskapp-staging-web) has reached a steady state." in done.out


def test_what_was_not_measured_is_a_dash(ops: Ops, running: Running) -> None:
    done = ops("ps")
    assert "CPU" not in next(line for line in done.out.splitlines() if "✓ web" in line)
    assert "-        -" in done.out or " -     -" in done.out
    assert done.err == "", "a stack without Container Insights is no fault"
    assert _process(ops, "web")["load"] == {"cpu_percent": None, "memory_percent": None}


def test_tasks_that_died_are_told_with_exit_code_and_last_lines(
    ops: Ops, stack: Stack, running: Running
) -> None:
    running.lose("worker")
    task = running.fail_task("worker", exit_code=3)
    stack.say("worker", "Traceback (most recent call last):\n\x1b[31mKeyError: 'BROKER_URL'", task)
    done = ops("ps")
    assert "✗ worker: 0 of 1 running" in done.out
    assert "0 of 1 task running" in done.out
    assert f"task {task}: EssentialContainerExited" in done.out
    assert "container worker exit code 3" in done.out
    assert "| KeyError: 'BROKER_URL'" in done.out, "the reason is in the last lines of its log"
    assert "✓ web" in done.out, "another process has nothing to do with it"


def test_a_task_that_fails_its_checks_is_told_with_the_balancers_reason(
    ops: Ops, running: Running
) -> None:
    address = next(iter(running.health))
    running.health[address] = (
        "unhealthy",
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [500]",
    )
    web = _process(ops, "web")
    assert (web["running"], web["healthy"], web["ok"]) == (1, 0, False)
    why = web["why"]
    assert isinstance(why, list)
    assert why[0] == "0 of 1 task healthy, 1 unhealthy"
    assert any("Health checks failed with these codes: [500]" in line for line in why), why


def test_what_ecs_cannot_even_start_is_told_in_its_own_words(ops: Ops, running: Running) -> None:
    running.lose("web")
    message = "(service flaskapp-staging-web) was unable to place a task: no capacity is available."
    running.services["web"]["events"].insert(
        0, {"id": "e", "createdAt": running.now, "message": message}
    )
    assert f"ECS: {message}" in ops("ps", "web").out


def test_a_service_that_is_gone_is_told_with_what_brings_it_back(
    ops: Ops, running: Running
) -> None:
    del running.services["worker"]
    done = ops("ps")
    assert "✗ worker: not there\n" in done.out
    assert "there is no service flaskapp-staging-worker: `make up` makes it" in done.out


def test_a_rollout_that_is_under_way_is_no_fault(ops: Ops, running: Running) -> None:
    old = running.services["web"]["deployments"][0]
    running.services["web"]["deployments"] = [
        running.deployment("web", 4, 1, "IN_PROGRESS", runningCount=0),
        {**old, "status": "ACTIVE"},
    ]
    running.add_task("web", 4, lastStatus="PENDING")
    web = _process(ops, "web")
    assert web["ok"] is True, "the old task serves until the new one does"
    assert web["revision"] == "flaskapp-staging-web:4"
    assert web["release"] is None, "it is no release yet"


def test_a_revision_that_ecs_went_back_to_is_told(ops: Ops, running: Running) -> None:
    running.services["web"]["deployments"][0] |= {
        "rolloutStateReason": "ECS deployment circuit breaker: rolling back to deploymentId 2."
    }
    assert (
        "ECS went back to flaskapp-staging-web:3: ECS deployment circuit breaker" in ops("ps").out
    )


def test_a_process_of_which_none_is_wanted_says_so(ops: Ops, running: Running) -> None:
    running.serve("worker", tasks=0)
    assert "✓ worker: no task is wanted, release 3" in ops("ps").out


def test_tasks_of_no_service_are_listed_with_who_started_them(ops: Ops, running: Running) -> None:
    task = running.add_task("release", group=f"family:{PREFIX}-release", startedBy="ada")
    done = ops("ps")
    lines = done.out.partition("one-off tasks")[2].splitlines()
    assert any(line.startswith(task[:8]) and line.rstrip().endswith("ada") for line in lines)
    document = json.loads(ops("ps", "--json").out)
    assert [each["id"] for each in document["one_off_tasks"]] == [task]


def test_one_process_is_shown_alone(ops: Ops, running: Running) -> None:
    done = ops("ps", "worker")
    assert "worker" in done.out
    assert "web" not in done.out


def test_a_process_that_there_is_not_is_answered_with_those_that_there_are(
    ops: Ops, running: Running
) -> None:
    done = ops("ps", "wroker")
    assert done.code == 2
    assert done.err == "There is no process 'wroker'; there are: web, schedule, worker."


def test_who_may_not_see_the_load_sees_the_rest(ops: Ops, running: Running, aws: Calls) -> None:
    aws.refuse("logs:FilterLogEvents", "AccessDeniedException")
    done = ops("ps")
    assert done.code == 0
    assert "✓ web: 1 of 1 running" in done.out
    assert "How busy the tasks are is not known: your role may not ask for it" in done.err


def test_an_expired_login_is_said_once(ops: Ops, running: Running, aws: Calls) -> None:
    aws.refuse("cloudwatch:GetMetricData", "ExpiredTokenException")
    done = ops("ps")
    assert done.code == 1
    assert "ps of staging stopped: your AWS login has expired.\nLog in again" in done.err


def test_it_needs_what_it_asks(ops: Ops, running: Running, aws: Calls) -> None:
    running.lose("web")
    running.fail_task("web")
    running.serve("worker", 0)
    ops("ps")
    check_needs("ps", aws.made)
