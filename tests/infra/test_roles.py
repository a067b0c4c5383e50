"""What ECS and the application may do: exactly this."""

import pytest

from planning.recording import Recording
from tests.infra.planned import statements
from tests.support.tokens import ROLE, ROLE_POLICY, TASK_DEFINITION

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


class TestTheExecutionRole:
    """ECS uses it to start a task: image, log, secrets, and nothing else."""

    def test_may_do_exactly_this(self, prod: Recording) -> None:
        found = statements(prod.named("flaskapp-prod-execution", ROLE_POLICY))
        repository, log, secrets, key = (each["Resource"] for each in found[1:])
        assert [sorted(each["Action"]) for each in found] == [
            ["ecr:GetAuthorizationToken"],
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            ["secretsmanager:GetSecretValue"],
            ["kms:Decrypt"],
        ], "a right that starting a task does not need"
        assert repository.endswith(":repository/flaskapp-prod"), "every image of the account"
        assert log.endswith(":log-group:/flaskapp-prod/web:*"), "every log of the account"
        assert len(secrets) == 2
        assert not [each for each in secrets if each.endswith("*")], "every secret of the account"
        assert [":key/" in each for each in key] == [True], "every key of the account"

    def test_decrypts_through_secrets_manager_alone(self, prod: Recording) -> None:
        found = statements(prod.named("flaskapp-prod-execution", ROLE_POLICY))
        assert found[-1]["Condition"] == {
            "StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
        }, "it could decrypt the database's snapshots"

    def test_names_no_key_where_there_is_none(self, bare: Recording) -> None:
        actions = str(statements(bare.named("flaskapp-prod-execution", ROLE_POLICY)))
        assert "kms:" not in actions


class TestTheTaskRole:
    """The application's own: what somebody who broke into it could do."""

    def test_may_do_nothing_by_default(self, prod: Recording) -> None:
        role = prod.named("flaskapp-prod-task", ROLE)
        assert not prod.children_of(role), "a right that the application does not use"

    def test_may_hold_a_session_where_exec_is_on(self, bare: Recording) -> None:
        (policy,) = bare.children_of(bare.named("flaskapp-prod-task", ROLE))
        actions = {action for each in statements(policy) for action in each["Action"]}
        assert {action for action in actions if action.startswith("ssmmessages:")} == {
            each for each in STAR_ALLOWED if each.startswith("ssmmessages:")
        }, "exec does not connect"
        assert {
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        } <= actions, "what people do in a task is not written down"
        logs = [
            each["Resource"] for each in statements(policy) if "logs:PutLogEvents" in each["Action"]
        ]
        assert [each.partition(":log-group:")[2] for each in logs] == ["/flaskapp-prod/exec:*"]

    def test_may_use_the_key_of_sessions_where_there_is_one(self, rich: Recording) -> None:
        (policy,) = rich.children_of(rich.named("flaskapp-prod-task", ROLE))
        (key,) = [each for each in statements(policy) if "kms:Decrypt" in each["Action"]]
        assert [":key/" in each for each in key["Resource"]] == [True], "every key of the account"

    def test_is_not_the_role_that_starts_it(self, prod: Recording) -> None:
        task = prod.only(TASK_DEFINITION)
        arns = (task.inputs["executionRoleArn"], task.inputs["taskRoleArn"])
        assert arns[0] != arns[1], "the application could read every secret and pull every image"
        assert "execution" in arns[0]
        assert "task" in arns[1]


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
        # AWS Backup is not documented to send its account.
        expected = {"backup.amazonaws.com"}
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
