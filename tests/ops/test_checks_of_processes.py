"""The checks of `doctor`: releases, processes, images and what surrounds them."""

from datetime import timedelta
from http.client import IncompleteRead
from typing import Any
from urllib.error import URLError

import pytest

from release.record import Record
from tests.ops.calls import Calls
from tests.ops.looking import Look, bad, only
from tests.ops.stack import PREFIX
from tests.ops.surroundings import (
    Surroundings,
)


class TestOutputs:
    @pytest.mark.parametrize(
        ("call", "code", "what"),
        [
            ("dynamodb:DescribeTable", "ResourceNotFoundException", "the table flaskapp-staging-r"),
            ("ecr:DescribeRepositories", "RepositoryNotFoundException", "the repository flaskapp"),
            ("backup:DescribeBackupVault", "ResourceNotFoundException", "the vault flaskapp-stag"),
            ("sqs:GetQueueAttributes", "QueueDoesNotExist", "the queue of worker"),
            ("rds:DescribeDBInstances", "DBInstanceNotFound", "the database flaskapp-staging"),
            ("ecs:DescribeServices", "ClusterNotFoundException", "the cluster flaskapp-staging"),
            ("elasticloadbalancing:DescribeListeners", "ListenerNotFound", "the balancer or its"),
            ("ecs:DescribeTaskDefinition", "ClientException", "no task can be started of flask"),
        ],
    )
    def test_a_part_that_is_gone_is_named(
        self, look: Look, aws: Calls, call: str, code: str, what: str
    ) -> None:
        aws.refuse(call, code)
        state, said, remedy = bad(look("outputs"))[0]
        assert (state, said[: len(what)]) == ("problem", what)
        assert remedy

    def test_a_service_that_is_gone(self, look: Look, all_well: Surroundings) -> None:
        del all_well.running.services["worker"]
        assert only(look("outputs"))[1] == "there is no service flaskapp-staging-worker"

    def test_what_somebody_else_deployed(self, look: Look, all_well: Surroundings) -> None:
        all_well.running.serve("web", number=1)
        state, said, _ = only(look("outputs"))
        assert state == "warning", "a rollback is meant"
        assert said == (
            "web runs flaskapp-staging-web:1; the last update asked for flaskapp-staging-web:3"
        )

    def test_a_listener_that_was_turned_away(self, look: Look, all_well: Surroundings) -> None:
        outputs = all_well.stack.outputs
        all_well.stack.elbv2.modify_listener(
            ListenerArn=outputs.listener_arn,
            DefaultActions=[
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
            ],
        )
        assert "listener does not send requests to the tasks" in only(look("outputs"))[1]

    def test_a_database_at_another_address(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["Endpoint"] = {"Address": "other.internal", "Port": 5433}
        assert "answers at other.internal:5433, tasks ask database" in only(look("outputs"))[1]

    def test_a_balancer_of_another_name(self, look: Look, all_well: Surroundings) -> None:
        all_well.stack.publish(balancer_dns_name="old.elb.amazonaws.com")
        assert "another one than the outputs say" in only(look("outputs"))[1]

    def test_log_groups_that_are_gone(self, look: Look, all_well: Surroundings) -> None:
        all_well.stack.logs.delete_log_group(logGroupName=f"/{PREFIX}/web")
        assert only(look("outputs"))[1].endswith("what tasks print: /flaskapp-staging/web")


class TestReleases:
    def _last(self, all_well: Surroundings, **changes: Any) -> Record:
        ledger = all_well.stack.ledger
        latest = ledger.latest()
        assert latest is not None
        return ledger.update(latest, **changes)

    def test_one_that_failed(self, look: Look, all_well: Surroundings) -> None:
        self._last(all_well, verdict="failed", reason="web: 3 new tasks failed")
        state, said, remedy = only(look("releases"))
        assert state == "problem"
        assert "failed: web: 3 new tasks failed; release 2 serves" in said
        assert "bin/ops release info 3 --stack staging" in remedy

    def test_one_that_was_interrupted(self, look: Look, all_well: Surroundings) -> None:
        self._last(all_well, verdict="running")
        state, said, remedy = only(look("releases"))
        assert state == "warning"
        assert "nothing says how it ended: it was interrupted" in said
        assert remedy == "`make up STACK=staging` goes on with it"

    @pytest.mark.parametrize(
        ("minutes", "states"), [(5, []), (84, []), (86, ["warning"])], ids=["", "snapshot", "late"]
    )
    def test_one_that_is_under_way(
        self, look: Look, all_well: Surroundings, minutes: int, states: list[str]
    ) -> None:
        begun = all_well.now - timedelta(minutes=minutes)
        self._last(all_well, verdict="running", started_at=begun)
        assert [state for state, *_ in bad(look("releases"))] == states

    def test_none_yet(self, look: Look, all_well: Surroundings, aws: Calls) -> None:
        aws.answer("dynamodb:Query", {"Items": []})
        assert only(look("releases"))[2] == "`make up STACK=staging` makes the first one"


class TestProcesses:
    def test_a_task_that_does_not_run_is_told_with_its_reason(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.running.fail_task("worker", exit_code=3)
        all_well.running.lose("worker")
        state, said, remedy = only(look("processes"))
        assert state == "problem"
        assert said.startswith("worker: 0 of 1 task running")
        assert "exit code 3" in said
        assert "bin/ops logs --process worker --stack staging" in remedy

    def test_none_at_all_is_a_first_release_that_failed(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.running.services.clear()
        state, said, remedy = only(look("processes"))
        assert (state, said) == ("problem", "no process has a service: nothing runs")
        assert "`bin/ops release --stack staging` says how far" in remedy

    def test_none_at_all_is_no_fault_while_a_release_is_under_way(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.running.services.clear()
        ledger = all_well.stack.ledger
        latest = ledger.latest()
        assert latest is not None
        ledger.update(latest, verdict="running")
        assert only(look("processes"))[0] == "unknown"

    def test_a_deployment_that_does_not_end(self, look: Look, all_well: Surroundings) -> None:
        service = all_well.running.services["web"]
        service["deployments"][0]["rolloutState"] = "IN_PROGRESS"
        state, said, _ = only(look("processes"))
        assert state == "problem"
        assert "deployment of flaskapp-staging-web:3 goes on for 121 min already" in said

    def test_one_that_began_just_now(self, look: Look, all_well: Surroundings) -> None:
        deployment = all_well.running.services["web"]["deployments"][0]
        deployment |= {"rolloutState": "IN_PROGRESS", "createdAt": all_well.now}
        assert not [each for each in look("processes") if "goes on" in each[1]]


class TestRollout:
    def test_a_number_that_somebody_changed(self, look: Look, all_well: Surroundings) -> None:
        all_well.drain_seconds = 30
        state, said, remedy = only(look("rollout"))
        assert state == "warning"
        assert said == "balancer.drain-seconds is 30 in AWS, 15 in the file"
        assert "`pulumi refresh --stack staging` and then `make up" in remedy, (
            "without it Pulumi finds nothing to set back"
        )

    def test_numbers_that_contradict_each_other(self, look: Look, all_well: Surroundings) -> None:
        all_well.drain_seconds = 3
        problems = [each for each in look("rollout") if each[0] == "problem"]
        assert len(problems) == 1
        assert "10) or more is allowed, else a rollout cuts requests off" in problems[0][1]

    def test_a_rollout_that_takes_longer_than_an_update_waits(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.drain_seconds = 900
        state, said, remedy = look("rollout")[-1]
        assert (state, said[:31]) == ("problem", "a rollout takes about 951 s, a ")
        assert "an update waits for 600 s only" in said
        assert "rollout-timeout-seconds" in remedy

    def test_no_service_no_arithmetic(self, look: Look, all_well: Surroundings) -> None:
        del all_well.running.services["web"]
        assert only(look("rollout"))[:2] == (
            "unknown",
            "not looked at: there is no service flaskapp-staging-web",
        )


class TestImage:
    def test_one_for_another_processor(self, look: Look, all_well: Surroundings) -> None:
        names = ("amd64", "unknown")
        all_well.index = {"manifests": [{"platform": {"architecture": name}} for name in names]}
        state, said, _ = only(look("image"))
        assert state == "problem"
        assert "built for amd64, but the tasks ask for arm64" in said

    def test_one_of_many_is_enough(self, look: Look, all_well: Surroundings) -> None:
        names = ("amd64", "arm64")
        all_well.index = {"manifests": [{"platform": {"architecture": name}} for name in names]}
        assert not bad(look("image"))

    def test_one_that_is_gone(self, look: Look, all_well: Surroundings) -> None:
        all_well.index = {}
        state, said, remedy = only(look("image"))
        assert (state, said.endswith("is gone: no task can be started any more")) == (
            "problem",
            True,
        )
        assert "bin/ops rollback" in remedy

    def test_one_of_elsewhere(self, look: Look, all_well: Surroundings) -> None:
        all_well.stack.publish(image="ghcr.io/polls/app:1")
        assert only(look("image"))[0] == "unknown"

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (URLError("no route"), "no route"),
            (TimeoutError("timed out"), "timed out"),
            (ConnectionResetError(104, "reset"), "[Errno 104] reset"),
            (IncompleteRead(b""), "IncompleteRead(0 bytes read)"),
        ],
    )
    def test_a_layer_that_cannot_be_read_from_here(
        self,
        look: Look,
        all_well: Surroundings,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
        error: Exception,
        said: str,
    ) -> None:
        all_well.index = {"config": {"digest": "sha256:c"}}
        aws.answer("ecr:GetDownloadUrlForLayer", {"downloadUrl": "https://ecr.test/layer"})

        def urlopen(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr("ops.checks.image.urlopen", urlopen)
        assert only(look("image"))[:2] == (
            "unknown",
            "which processor the image is built for: its configuration cannot be read here "
            f"({said})",
        )
