"""What ECS and the application may do: exactly this."""

import pytest

from planning.identifiers import hexadecimal
from planning.recording import Recording
from tests.infra.planned import processes, secrets, statements, task
from tests.support.tokens import INSTANCE, ROLE, ROLE_POLICY

ACCOUNT = "000000000000"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
STAR_ALLOWED = {
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogGroups",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}


ROLES = dict.fromkeys(("web", "worker", "schedule", "console"), "execution")


def readable(recording: Recording, role: str) -> list[str]:
    """Secrets that a role may read."""
    return [
        arn
        for statement in statements(recording.named(f"flaskapp-prod-{role}", ROLE_POLICY))
        if "secretsmanager:GetSecretValue" in statement["Action"]
        for arn in statement["Resource"]
    ]


def actions(recording: Recording, process: str) -> set[str]:
    """What the tasks of a process may do."""
    role = recording.named(f"flaskapp-prod-{process}-task", ROLE)
    return {
        action
        for policy in recording.children_of(role)
        for statement in statements(policy)
        for action in statement["Action"]
    }


class TestTheExecutionRoles:
    """ECS uses them to start a task: image, log, secrets, and nothing else."""

    @pytest.mark.parametrize(
        ("role", "logs"),
        [("execution", ["web", "worker", "schedule", "exec"]), ("release-execution", ["release"])],
    )
    def test_may_do_exactly_this(self, prod: Recording, role: str, logs: list[str]) -> None:
        found = statements(prod.named(f"flaskapp-prod-{role}", ROLE_POLICY))
        _token, repository, *writing, secrets, key = (each["Resource"] for each in found)
        assert [sorted(each["Action"]) for each in found] == [
            ["ecr:GetAuthorizationToken"],
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            *(["logs:CreateLogStream", "logs:PutLogEvents"] for _ in logs),
            ["secretsmanager:GetSecretValue"],
            ["kms:Decrypt"],
        ], "a right that starting a task does not need"
        assert repository.endswith(":repository/flaskapp-prod"), "every image of the account"
        assert [each.partition(":log-group:")[2] for each in writing] == [
            f"/flaskapp-prod/{name}:*" for name in logs
        ], "another process's log"
        assert not [each for each in secrets if each.endswith("*")], "every secret of the account"
        assert [":key/" in each for each in key] == [True], "every key of the account"

    def test_read_the_secrets_that_their_tasks_cite_and_no_others(self, rich: Recording) -> None:
        cited = {
            "execution": {_arn(each) for name in ROLES for each in secrets(rich, name).values()},
            "release-execution": {_arn(each) for each in secrets(rich, "release").values()},
        }
        for role, arns in cited.items():
            assert set(readable(rich, role)) == arns, (
                f"{role}: a task does not start, or could ask for more than it uses"
            )

    @pytest.mark.parametrize("shape", ["prod", "rich", "rabbitmq", "bare"])
    def test_only_that_of_the_release_task_reads_the_owners_secret(
        self, shape: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        owner = recording.outputs["database_secret_arn"]
        readers = [
            policy.name for policy in recording.of_type(ROLE_POLICY) if owner in str(policy.inputs)
        ]
        assert readers == ["flaskapp-prod-release-execution"], (
            "whoever takes over a web task could make itself the owner of the database"
        )

    def test_decrypt_through_secrets_manager_alone(self, prod: Recording) -> None:
        for role in ("execution", "release-execution"):
            found = statements(prod.named(f"flaskapp-prod-{role}", ROLE_POLICY))
            assert found[-1]["Condition"] == {
                "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
            }, "it could decrypt the database's snapshots"

    def test_name_no_key_where_there_is_none(self, bare: Recording) -> None:
        for role in ("execution", "release-execution"):
            found = statements(bare.named(f"flaskapp-prod-{role}", ROLE_POLICY))
            assert "kms:" not in str(found)

    def test_start_the_tasks_that_are_theirs(self, prod: Recording) -> None:
        for process in processes(prod):
            role = ROLES.get(process, "release-execution")
            name = task(prod, process).inputs["executionRoleArn"].rpartition("/")[2]
            assert name.startswith(f"flaskapp-prod-{role}-"), f"{process} is started by another"

    def test_of_release_is_none_without_a_release_phase(self, lone: Recording) -> None:
        names = {each.name for each in lone.of_type(ROLE)}
        assert not [name for name in names if "release" in name], "a role that nobody takes"


def _arn(reference: str) -> str:
    """The secret of a reference, which may name a key and a version behind it."""
    return ":".join(reference.split(":")[:7])


class TestTheTaskRoles:
    """The application's own: what somebody who broke into it could do."""

    def test_are_one_for_each_process(self, prod: Recording) -> None:
        for process in processes(prod):
            name = task(prod, process).inputs["taskRoleArn"].rpartition("/")[2]
            assert name.startswith(f"flaskapp-prod-{process}-task-"), (
                f"{process} may do what another process may"
            )

    @pytest.mark.parametrize("shape", ["prod", "bare", "lone"])
    def test_log_in_to_the_database_as_the_application_only(
        self, shape: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        database = recording.only(INSTANCE)
        resource_id = f"db-{hexadecimal(database.urn, 26).upper()}"
        for process in processes(recording):
            policy = recording.named(f"flaskapp-prod-{process}-task", ROLE_POLICY)
            logins = [each for each in statements(policy) if "rds-db:connect" in each["Action"]]
            assert [each["Resource"] for each in logins] == [
                f"arn:aws:rds-db:us-east-1:{ACCOUNT}:dbuser:{resource_id}/app"
            ], f"{process} cannot log in, or could as somebody else"

    def test_may_do_nothing_more_without_what_backs_the_application(self, bare: Recording) -> None:
        for process in set(processes(bare)) - {"web", "console"}:
            assert actions(bare, process) == {"rds-db:connect"}, (
                "a right that the application does not use"
            )

    def test_may_hold_a_session_where_exec_is_on(self, bare: Recording) -> None:
        policy = bare.named("flaskapp-prod-web-exec", ROLE_POLICY)
        allowed = {action for each in statements(policy) for action in each["Action"]}
        assert {each for each in allowed if each.startswith("ssmmessages:")} == {
            each for each in STAR_ALLOWED if each.startswith("ssmmessages:")
        }, "exec does not connect"
        assert {
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        } <= allowed, "what people do in a task is not written down"
        logs = [
            each["Resource"] for each in statements(policy) if "logs:PutLogEvents" in each["Action"]
        ]
        assert [each.partition(":log-group:")[2] for each in logs] == ["/flaskapp-prod/exec:*"]

    def test_may_use_the_key_of_sessions_where_there_is_one(self, rich: Recording) -> None:
        policy = rich.named("flaskapp-prod-web-exec", ROLE_POLICY)
        (key,) = [each for each in statements(policy) if "kms:Decrypt" in each["Action"]]
        assert [":key/" in each for each in key["Resource"]] == [True], "every key of the account"

    def test_hold_no_session_but_in_consoles_and_where_web_lets_people_in(
        self, rich: Recording, prod: Recording
    ) -> None:
        for recording, allowed in ((rich, {"web", "console"}), (prod, {"console"})):
            found = {
                process
                for process in processes(recording)
                if any(each.startswith("ssmmessages:") for each in actions(recording, process))
            }
            assert found == allowed, "a way into a task that has more rights"

    def test_of_a_console_has_the_rights_of_web_and_of_sessions(self, prod: Recording) -> None:
        session = {each for each in actions(prod, "console") if each.startswith("ssmmessages:")}
        own = statements(prod.named("flaskapp-prod-console-task", ROLE_POLICY))
        assert session
        assert own == statements(prod.named("flaskapp-prod-web-task", ROLE_POLICY)), (
            "what a person does there would go otherwise than in web"
        )

    def test_are_not_the_roles_that_start_them(self, prod: Recording) -> None:
        for process in processes(prod):
            inputs = task(prod, process).inputs
            assert inputs["executionRoleArn"] != inputs["taskRoleArn"], (
                "the application could read every secret and pull every image"
            )


class TestEveryRole:
    """Least privilege is a property of all roles together."""

    @pytest.mark.parametrize("shape", ["prod", "bare", "rich"])
    def test_is_taken_by_one_service(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        for role in recording.of_type(ROLE):
            (statement,) = statements(role, "assumeRolePolicy")
            assert list(statement["Principal"]) == ["Service"], "an account or a user may take it"
            assert isinstance(statement["Principal"]["Service"], str), "more than one service may"
            assert statement["Action"] == "sts:AssumeRole"

    def test_is_for_this_account_where_the_service_says_so(self, prod: Recording) -> None:
        # AWS Backup is not documented to send its account, and Lambda takes only roles of its own.
        expected = {"backup.amazonaws.com", "lambda.amazonaws.com"}
        open_to_all = {
            statements(role, "assumeRolePolicy")[0]["Principal"]["Service"]
            for role in prod.of_type(ROLE)
            if statements(role, "assumeRolePolicy")[0].get("Condition")
            != {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        }
        assert open_to_all == expected, "another customer could make the service use it"

    @pytest.mark.parametrize("shape", ["prod", "bare", "rich"])
    def test_allows_no_star(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        for policy in recording.of_type(ROLE_POLICY):
            for statement in statements(policy):
                assert not [each for each in statement["Action"] if "*" in each], policy.label
                if statement["Resource"] == "*":
                    assert set(statement["Action"]) <= STAR_ALLOWED, (
                        f"{policy.label}: on everything"
                    )

    def test_uses_aws_own_policies_only_where_aws_documents_them(self, prod: Recording) -> None:
        attached = {
            each.inputs["policyArn"].rpartition("/")[2] for each in prod.of_type(ATTACHMENT)
        }
        assert attached == {
            "AWSBackupServiceRolePolicyForBackup",
            "AmazonRDSEnhancedMonitoringRole",
        }, "a managed policy grows without anybody here noticing"

    def test_of_flow_logs_writes_to_its_group_alone(self, prod: Recording) -> None:
        (statement,) = statements(prod.named("flaskapp-prod-flow-log", ROLE_POLICY))
        assert statement["Resource"].endswith(":log-group:/flaskapp-prod/flow:*")
        assert "logs:PutLogEvents" in statement["Action"], "nothing is written"

    @pytest.mark.parametrize("shape", ["prod", "bare"])
    def test_has_its_rights_below_it(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        for policy in (*recording.of_type(ROLE_POLICY), *recording.of_type(ATTACHMENT)):
            assert recording.by_urn[str(policy.parent)].type == ROLE, policy.label

    def test_there_are_no_users_or_long_lived_keys(self, prod: Recording) -> None:
        kinds = {each.type for each in prod.custom if each.type.startswith("aws:iam/")}
        assert not {"aws:iam/user:User", "aws:iam/accessKey:AccessKey"} & kinds, "a key that leaks"
