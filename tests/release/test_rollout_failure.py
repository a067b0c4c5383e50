"""Rollouts that fail: when it is noticed, and what a person then reads."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from release.aws_errors import will_pass
from release.ledger import Ledger
from release.problems import ReleaseError
from tests.release.answering import RefusedError, answering
from tests.release.records import record
from tests.release.scene import (
    BACK,
    STARTED,
    Moment,
    Scene,
    crashed,
    deployment,
    old,
    revision,
    service,
    sick,
    target,
    task,
)

PROGRESS = "IN_PROGRESS"
OLD_TARGETS = (target("10.0.0.1"), target("10.0.0.2"))
CRASHES = tuple(crashed(f"c{i}", address=f"10.0.0.2{i}", created=i) for i in range(3))
LOGS = {f"web/web/c{i}": [f"line {n} of c{i}" for n in range(40)] for i in range(3)}
UNHEALTHY = "Task failed ELB health checks in (target-group arn:aws:…:targetgroup/web/1)"
STARTING = Moment(
    (service(deployment(14, running=0, state=PROGRESS), old()),),
    (task("n1", status="PENDING"), task("n2", status="PENDING")),
    OLD_TARGETS,
)


def failure_of(scene: Scene) -> str:
    """What the person reads; the record must say the same."""
    with pytest.raises(ReleaseError) as caught:
        scene.play()
    text = str(caught.value)
    newest = ledger_of(scene).latest()
    assert newest, "no trace of the release is left"
    assert newest.verdict == "failed"
    assert newest.reason in text
    assert newest.ended_at == scene.clock.now()
    return text


def ledger_of(scene: Scene) -> Ledger:
    return Ledger(answering(dynamodb=scene.table).dynamodb, "releases", "flaskapp-prod")


def with_release_13(scene: Scene) -> Scene:
    """Release 13 has succeeded with revision 12 of web, after twelve others."""
    for _ in range(12):
        ledger_of(scene).open(record(verdict="failed"))
    kept = record(verdict="succeeded", task_definitions={"web": revision(12)})
    ledger_of(scene).open(kept)
    return scene


def rolled_back(*, vanished: bool = False) -> Moment:
    """ECS's circuit breaker has acted: the release before is PRIMARY again."""
    back = deployment(12, running=2, state=PROGRESS, reason=BACK, created=-86400)
    failed = deployment(14, running=0, desired=0, status="ACTIVE", state="FAILED", reason=STARTED)
    events = (
        (30, "(deployment ecs-svc/14) deployment failed: tasks failed to start."),
        (31, "rolling back to deployment ecs-svc/12."),
        (-4000, "has reached a steady state."),
    )
    own = (back,) if vanished else (back, failed)
    return Moment((service(*own, events=events),), CRASHES, OLD_TARGETS)


class TestACrashAtTheStart:
    """The breaker acts; the person reads why without opening a console."""

    def test_tells_that_ecs_rolled_back_and_everything_about_the_tasks(self) -> None:
        scene = with_release_13(Scene([STARTING, rolled_back()], logs=LOGS))
        assert failure_of(scene).splitlines() == [
            "Release 14 failed in its rollout: web: ECS rolled back to flaskapp-prod-web:12: "
            "ECS deployment circuit breaker: tasks failed to start.",
            "",
            "web: 0 of 2 new tasks healthy, 3 failed, 2 old still serve",
            *(line for i in (2, 1, 0) for line in _crash(i)),
            "  ECS's last events:",
            "    12:00:30 (service web) (deployment ecs-svc/14) deployment failed: "
            "tasks failed to start.",
            "    12:00:31 (service web) rolling back to deployment ecs-svc/12.",
            "",
            "What runs now:",
            "  web: release 13, flaskapp-prod-web:12 (2 tasks), which still serves",
            "",
            "What to do:",
            "  Put right what the lines above name, then run `pulumi up` again.",
        ]

    def test_is_a_rollback_even_when_ecs_has_forgotten_the_failed_deployment(self) -> None:
        text = failure_of(Scene([STARTING, rolled_back(vanished=True)], logs=LOGS))
        assert "ECS rolled back to flaskapp-prod-web:12: (service web) rolling back to" in text
        assert "task c0: EssentialContainerExited" in text, "the reason went with the deployment"

    def test_is_a_rollback_when_only_the_new_deployment_says_so(self) -> None:
        back = deployment(12, running=2, state=PROGRESS, reason=BACK, created=-86400)
        text = failure_of(Scene([STARTING, Moment((service(back),), CRASHES, OLD_TARGETS)]))
        assert f"ECS rolled back to flaskapp-prod-web:12: {BACK.rstrip('.')}" in text

    @pytest.mark.parametrize(
        ("created", "reason", "said"),
        [
            (-86400, BACK, f"ECS rolled back to flaskapp-prod-web:14: {BACK.rstrip('.')}"),
            (20, BACK, f"ECS rolled back to flaskapp-prod-web:14: {BACK.rstrip('.')}"),
            (-86400, "", "the service went back to flaskapp-prod-web:14 and ECS names no reason"),
        ],
    )
    def test_is_a_rollback_when_both_deployments_have_the_revision(
        self, created: float, reason: str, said: str
    ) -> None:
        """Other subnets, say: the same tasks, and yet what serves is not what was asked for."""
        before = deployment(14, running=2, created=created, deployment_id="ecs-svc/before")
        back = {**before, "rolloutStateReason": reason}
        moments = [
            Moment((service(deployment(14, running=0, state=PROGRESS), old()),)),
            Moment((service(back),), (), OLD_TARGETS),
        ]
        text = failure_of(Scene(moments))
        assert said in text
        assert "  web: flaskapp-prod-web:14 (2 tasks), which still serves" in text

    def test_is_told_soon_even_when_ecs_names_no_reason(self) -> None:
        back = deployment(12, running=2, created=-86400)
        scene = with_release_13(Scene([STARTING, Moment((service(back),))]))
        assert "went back to flaskapp-prod-web:12" in failure_of(scene)
        assert scene.clock.elapsed() == 32, "an answer that lags was taken for the truth, or more"

    def test_counts_a_task_once_that_ecs_lists_twice(self) -> None:
        """It begins to stop between the two listings."""

        class Twice(Scene):
            def list_tasks(self, **asked: str) -> dict[str, Any]:
                return {"taskArns": [each["taskArn"] for each in self.now.tasks]}

        scene = Twice([Moment(STARTING.services, CRASHES[:2])], timeout_seconds=20)
        assert "not complete after 20 s" in failure_of(scene)

    def test_fails_by_its_own_count_where_ecs_goes_on(self) -> None:
        """A task that dies after its first health check never trips ECS's breaker."""
        running = Moment(STARTING.services, (task("n1", address="10.0.0.11"), *CRASHES[:2]))
        more = Moment(STARTING.services, (task("n1", address="10.0.0.11"), *CRASHES))
        scene = Scene([running, running, more], logs=LOGS)
        text = failure_of(scene)
        assert "web: 3 new tasks failed" in text
        assert scene.clock.elapsed() == 8, "it failed before the third, or long after"
        assert "it keeps trying, beside the old revision. To go back now:" in text
        assert (
            "aws ecs update-service --cluster flaskapp-prod --service web "
            "--task-definition flaskapp-prod-web:12" in text
        )

    def test_needs_as_many_deaths_as_ecs_of_a_large_service(self) -> None:
        large = service(deployment(14, running=0, desired=8, state=PROGRESS), old(8), desired=8)
        dead = tuple(crashed(f"d{i}") for i in range(4))
        scene = Scene([Moment((large,), dead[:3]), Moment((large,), dead)])
        assert "4 new tasks failed" in failure_of(scene)

    def test_shows_few_of_many_tasks_that_died_alike(self) -> None:
        dead = tuple(crashed(f"d{i}", created=i) for i in range(9))
        text = failure_of(Scene([Moment(STARTING.services, dead)]))
        shown = [line for line in text.splitlines() if line.startswith("  task ")]
        assert [line.split()[1] for line in shown] == ["d8:", "d7:", "d6:"]

    def test_counts_what_ecs_could_not_even_start(self) -> None:
        own = deployment(14, running=0, state=PROGRESS, failed=3)
        impaired = service(own, old(), events=((9, "was unable to place a task."),))
        text = failure_of(Scene([Moment((impaired,), (), OLD_TARGETS)]))
        assert "3 new tasks failed" in text
        assert "12:00:09 (service web) was unable to place a task." in text

    def test_tells_of_a_task_that_never_ran(self) -> None:
        pull = "CannotPullContainerError: pull image manifest has been retried 7 time(s)"
        never = tuple(
            task(f"p{i}", status="STOPPED", code="TaskFailedToStart", reason=pull, why=pull)
            for i in range(3)
        )
        text = failure_of(Scene([Moment(STARTING.services, never)]))
        assert f"task p0: TaskFailedToStart: {pull}; container web never ran: {pull}" in text
        assert "    | (it has printed nothing)" in text

    def test_tells_when_a_log_cannot_be_read(self) -> None:
        class Forbidden(Scene):
            def get_log_events(self, **_: object) -> dict[str, object]:
                raise RefusedError("AccessDeniedException", "not you")

        text = failure_of(Forbidden([Moment(STARTING.services, CRASHES)]))
        assert "(its log cannot be read: GetLogEvents: AccessDeniedException: not you)" in text


def _crash(number: int) -> list[str]:
    return [
        f"  task c{number}: EssentialContainerExited: Essential container in task exited; "
        "container web exit code 1",
        *(f"    | line {n} of c{number}" for n in range(20, 40)),
    ]


class TestAFirstDeployment:
    """Nothing serves, nothing can be gone back to: whoever waits longer learns nothing more."""

    FIRST = service(deployment(14, running=0, state=PROGRESS))

    def test_stops_at_the_second_death(self) -> None:
        one, two = Moment((self.FIRST,), CRASHES[:1]), Moment((self.FIRST,), CRASHES[:2])
        scene = Scene([one, one, two], logs=LOGS)
        text = failure_of(scene)
        assert scene.clock.elapsed() == 8
        assert "web: this was its first deployment, so there is nothing to go back to." in text
        assert "What runs now:\n  web: nothing" in text

    def test_stops_when_ecs_gave_it_up(self) -> None:
        given_up = service(deployment(14, running=0, state="FAILED", reason=STARTED))
        text = failure_of(Scene([Moment((self.FIRST,)), Moment((given_up,))]))
        assert f"web: ECS gave flaskapp-prod-web:14 up: {STARTED}" in text

    def test_of_a_new_process_is_one_though_the_stack_has_releases(self) -> None:
        scene = with_release_13(Scene([], processes=("worker",)))
        own = deployment(14, running=0, desired=1, state=PROGRESS, process="worker")
        dead = tuple(crashed(f"w{i}", process="worker") for i in range(2))
        scene.moments.append(Moment((service(own, desired=1, name="worker"),), dead))
        assert "worker: 2 new tasks failed" in failure_of(scene)

    def test_is_none_after_a_release_that_succeeded(self) -> None:
        scene = with_release_13(Scene([Moment((self.FIRST,), CRASHES[:2])], timeout_seconds=60))
        assert "not complete after 60 s" in failure_of(scene)


class TestUnhealthyTasks:
    """A task that runs and serves nothing."""

    def test_fail_the_rollout_beyond_the_grace_period_with_the_balancers_reason(self) -> None:
        tasks = (task("n1", address="10.0.0.11"), task("n2", address="10.0.0.12"))
        targets = (*OLD_TARGETS, sick("10.0.0.11"), sick("10.0.0.12"))
        moment = Moment(STARTING.services, tasks, targets)
        scene = Scene([moment], logs={"web/web/n1": ["GET /livez 500"]})
        text = failure_of(scene)
        assert scene.clock.elapsed() == 60, "15 s of grace and 45 s of patience"
        assert "no new task passed its health check within 60 s" in text
        assert "web: 0 of 2 new tasks healthy, 2 unhealthy, 2 old still serve" in text
        assert "  task n1: RUNNING, container health UNKNOWN" in text
        assert (
            "    10.0.0.11:8000 is unhealthy: Target.ResponseCodeMismatch, "
            "Health checks failed with these codes: [500]" in text
        )
        assert "    | GET /livez 500" in text

    def test_keep_the_clock_running_when_ecs_replaces_them(self) -> None:
        first = Moment(STARTING.services, (task("n1", address="10.0.0.11"),), (sick("10.0.0.11"),))
        ended = task(
            "n1",
            status="STOPPED",
            address="10.0.0.11",
            code="ServiceSchedulerInitiated",
            reason=UNHEALTHY,
            exit_code=0,
        )
        second = Moment(
            STARTING.services,
            (ended, task("n2", address="10.0.0.12")),
            (target("10.0.0.12", "initial", "Elb.InitialHealthChecking"),),
        )
        scene = Scene([*[first] * 5, *[second] * 30])
        text = failure_of(scene)
        assert scene.clock.elapsed() == 60, "a release that replaces its tasks for ever passed"
        assert f"task n1: ServiceSchedulerInitiated: {UNHEALTHY}; container web exit code 0" in text
        assert "10.0.0.11:8000 is unhealthy" in text, "the target is gone, and its reason with it"

    def test_stopped_by_ecs_are_deaths(self) -> None:
        stopped = tuple(
            task(f"u{i}", status="STOPPED", code="ServiceSchedulerInitiated", reason=UNHEALTHY)
            for i in range(3)
        )
        assert "3 new tasks failed" in failure_of(Scene([Moment(STARTING.services, stopped)]))

    def test_of_a_worker_fail_by_their_containers_check(self) -> None:
        why = "Task failed container health checks"
        own = deployment(14, running=0, desired=1, state=PROGRESS, process="worker")
        before = old(1, process="worker", desired=1)
        dead = tuple(
            task(
                f"w{i}",
                status="STOPPED",
                code="ServiceSchedulerInitiated",
                reason=why,
                process="worker",
                health="UNHEALTHY",
            )
            for i in range(3)
        )
        moment = Moment((service(own, before, desired=1, name="worker"),), dead)
        assert "worker: 3 new tasks failed" in failure_of(Scene([moment], processes=("worker",)))

    def test_that_were_healthy_and_die_one_after_the_other_fail_it(self) -> None:
        """ECS calls the service complete in between."""
        done = service(deployment(14, running=2))
        alive = task("n9", address="10.0.0.19")
        moments = [
            Moment((done,), (alive, *CRASHES[:count]), (target("10.0.0.19"),))
            for count in (0, 1, 1, 2, 2, 3)
        ]
        assert "3 new tasks failed" in failure_of(with_release_13(Scene(moments)))


class TestOthersHands:
    """A change that this rollout did not ask for is said in words."""

    def test_a_third_revision_is_somebody_elses(self) -> None:
        third = deployment(15, running=1, state=PROGRESS, created=5)
        ours = deployment(14, running=1, status="ACTIVE", state=PROGRESS)
        earlier = old(0, 13, state="FAILED", reason=STARTED)
        scene = Scene([STARTING, Moment((service(third, ours, earlier, old()),))])
        text = failure_of(scene)
        assert scene.clock.elapsed() == 4
        assert "web: somebody else deployed flaskapp-prod-web:15 meanwhile" in text
        assert "web: find out who deployed flaskapp-prod-web:15, and why." in text

    def test_what_ecs_did_days_ago_does_not_excuse_somebody(self) -> None:
        third = deployment(15, running=1, state=PROGRESS, created=5)
        days_ago = ((-90000, "rolling back to deployment ecs-svc/11."),)
        text = failure_of(Scene([STARTING, Moment((service(third, old(), events=days_ago),))]))
        assert "somebody else deployed flaskapp-prod-web:15" in text

    def test_the_release_before_set_back_by_hand_is_not_called_a_rollback(self) -> None:
        back = deployment(12, running=2, created=5, deployment_id="ecs-svc/by-hand")
        ours = deployment(14, running=1, status="ACTIVE", state=PROGRESS)
        text = failure_of(with_release_13(Scene([STARTING, Moment((service(back, ours),))])))
        assert "went back to flaskapp-prod-web:12 and ECS names no reason" in text

    def test_a_service_that_is_missing_fails_at_once(self) -> None:
        text = failure_of(Scene([Moment(())]))
        assert "web: ECS knows no such service; somebody deleted it" in text
        assert "web: `pulumi refresh`, so that `pulumi up` makes the service again." in text

    def test_a_service_that_is_being_deleted_fails_at_once(self) -> None:
        for status in ("DRAINING", "INACTIVE"):
            scene = Scene([STARTING, Moment((service(status=status),))])
            assert f"web: the service is {status}; somebody deletes it" in failure_of(scene)


class TestTheEndOfPatience:
    """Time is limited, and what the other services do is told too."""

    def test_fails_when_the_time_is_over(self) -> None:
        scene = Scene([STARTING], timeout_seconds=120)
        text = failure_of(scene)
        assert "web: 0 of 2 new tasks healthy, 2 starting, 2 old still serve" in text
        assert "not complete after 120 s (release: rollout-timeout-seconds)" in text
        assert scene.clock.elapsed() == 120

    def test_a_service_that_fails_ends_it_for_all_and_the_others_are_told(self) -> None:
        worker = deployment(14, running=1, desired=1, process="worker")
        services = (*rolled_back().services, service(worker, desired=1, name="worker"))
        tasks = (*CRASHES, task("w1", process="worker"))
        moments = [
            Moment((*STARTING.services, services[1]), STARTING.tasks),
            Moment(services, tasks, OLD_TARGETS),
        ]
        text = failure_of(Scene(moments, processes=("web", "worker")))
        assert "worker: 1 of 1 new task running; complete" in text
        assert "  worker: the new flaskapp-prod-worker:14 (1 task)" in text, (
            "half a release runs, and nobody is told"
        )

    def test_a_record_that_cannot_be_written_does_not_hide_the_failure(self) -> None:
        scene = Scene([STARTING, rolled_back()])
        _fail_second_put(scene)
        with pytest.raises(ReleaseError) as caught:
            scene.play()
        assert "ECS rolled back" in str(caught.value)
        assert "The release's record could not be completed: PutItem: Forbidden" in str(
            caught.value
        )


def _fail_second_put(scene: Scene) -> None:
    puts: list[object] = []

    def before_put(item: dict[str, object]) -> None:
        puts.append(item)
        if len(puts) > 1:
            raise RefusedError("Forbidden")

    scene.table.before_put = before_put


class TestWillPass:
    """Which of AWS's refusals are worth asking again."""

    @pytest.mark.parametrize(
        ("code", "status", "passes"),
        [
            ("ThrottlingException", 400, True),
            ("InternalError", 500, True),
            ("AccessDeniedException", 400, False),
        ],
    )
    def test_is_true_of_throttling_and_of_aws_own_faults(
        self, code: str, status: int, passes: bool
    ) -> None:
        answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        assert will_pass(ClientError(answer, "DescribeServices")) is passes

    def test_is_true_of_a_network_that_is_gone(self) -> None:
        assert will_pass(EndpointConnectionError(endpoint_url="https://ecs.invalid"))
        assert not will_pass(NoCredentialsError())
