"""Log groups: the stack's own, with an end, made before their writers."""

import pytest

from planning.recording import Recording
from tests.infra.planned import prefix, processes, task, waits_for
from tests.support.tokens import CLUSTER, FLOW_LOG, FUNCTION, INSTANCE, LOG_GROUP

GROUPS = {
    "/flaskapp-prod/release",
    "/flaskapp-prod/web",
    "/flaskapp-prod/worker",
    "/flaskapp-prod/schedule",
    "/flaskapp-prod/exec",
    "/flaskapp-prod/flow",
    "/flaskapp-prod/maintenance",
    "/aws/rds/instance/flaskapp-prod/postgresql",
    "/aws/rds/instance/flaskapp-prod/upgrade",
    "/aws/ecs/containerinsights/flaskapp-prod/performance",
    "aws-waf-logs-flaskapp-prod",
}
# Who writes, and what must be there before: AWS makes a missing group itself, without an end.
WRITERS = [
    (CLUSTER, "exec"),
    (CLUSTER, "insights"),
    (FLOW_LOG, "flow"),
    (FUNCTION, "maintenance"),
    (INSTANCE, "database-postgresql"),
    (INSTANCE, "database-upgrade"),
    ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "waf"),
]


def names(recording: Recording) -> set[str]:
    return {each.inputs["name"] for each in recording.of_type(LOG_GROUP)}


class TestGroups:
    """A group that AWS makes itself is kept, and paid for, for ever."""

    def test_are_these(self, prod: Recording) -> None:
        assert names(prod) == GROUPS, "a writer's group is made by AWS, or one that nobody writes"

    def test_follow_what_is_on(self, bare: Recording) -> None:
        assert names(bare) == {name for name in GROUPS if "rds" not in name and "waf" not in name}

    def test_are_one_for_each_process(self, recording: Recording) -> None:
        mine = f"/{prefix(recording)}/"
        expected = {
            f"{mine}{name}"
            for name in (*processes(recording), "exec", "flow", "maintenance")
            if name != "console"  # it writes to `exec`
        }
        assert {each for each in names(recording) if each.startswith(mine)} == expected, (
            "lines of two processes are mixed, or nobody writes to a group"
        )

    def test_of_processes_are_there_before_their_tasks(self, prod: Recording) -> None:
        for process in processes(prod):
            group = "exec" if process == "console" else process
            waited = waits_for(prod, task(prod, process))
            assert f"{LOG_GROUP} flaskapp-prod-{group}" in waited, "the first task does not start"

    @pytest.mark.parametrize(("writer", "role"), WRITERS)
    def test_are_there_before_their_writers(self, prod: Recording, writer: str, role: str) -> None:
        waited = waits_for(prod, prod.only(writer))
        assert f"{LOG_GROUP} flaskapp-prod-{role}" in waited, "AWS makes it first, and up fails"

    def test_end_after_the_settings_days(self, tuned: Recording) -> None:
        days = {each.inputs["retentionInDays"] for each in tuned.of_type(LOG_GROUP)}
        assert days == {180}, "a group is kept for ever"

    def test_outlive_prod_and_go_with_staging(self, prod: Recording, staging: Recording) -> None:
        kept = {each.inputs["skipDestroy"] for each in prod.of_type(LOG_GROUP)}
        gone = {each.inputs["skipDestroy"] for each in staging.of_type(LOG_GROUP)}
        assert kept == {True}, "what happened before the destroy is lost with it"
        assert gone == {False}, "the next make up fails: the group exists"

    def test_of_the_database_are_named_as_rds_names_them(self, prod: Recording) -> None:
        identifier = prod.only(INSTANCE).inputs["identifier"]
        exports = prod.only(INSTANCE).inputs["enabledCloudwatchLogsExports"]
        assert {f"/aws/rds/instance/{identifier}/{each}" for each in exports} <= names(prod), (
            "RDS writes to groups of its own, without an end"
        )

    def test_of_the_cluster_is_named_as_ecs_names_it(self, prod: Recording) -> None:
        cluster = prod.only(CLUSTER).inputs["name"]
        assert f"/aws/ecs/containerinsights/{cluster}/performance" in names(prod)
