"""What answers during maintenance: ready at any time, and able to do nothing else."""

import json

from infra.naming import MAINTENANCE_NUMBER, MAINTENANCE_PARTITION
from planning.recording import Recording
from planning.resource import Resource
from tests.infra.planned import prefix, statements, waits_for
from tests.support.tokens import (
    FUNCTION,
    LISTENER,
    PERMISSION,
    ROLE,
    ROLE_POLICY,
    TABLE,
    TARGET_GROUP,
)

ATTACHMENT = "aws:lb/targetGroupAttachment:TargetGroupAttachment"


def group_of(recording: Recording) -> Resource:
    return recording.named(f"{prefix(recording)}-pause", TARGET_GROUP)


class TestTheTargetGroup:
    """`bin/ops maintenance on` makes a rule for it; the program never does."""

    def test_holds_the_function_and_may_alone_call_it(self, recording: Recording) -> None:
        group, function = group_of(recording), recording.only(FUNCTION)
        assert group.inputs["targetType"] == "lambda"
        (attachment,) = recording.of_type(ATTACHMENT)
        assert attachment.property_dependencies["targetGroupArn"] == (group.urn,)
        assert attachment.property_dependencies["targetId"] == (function.urn,)
        permission = recording.only(PERMISSION)
        assert permission.inputs["principal"] == "elasticloadbalancing.amazonaws.com"
        assert permission.property_dependencies["sourceArn"] == (group.urn,), (
            "every balancer of AWS's could call it"
        )
        assert permission.label in waits_for(recording, attachment), (
            "AWS refuses a function that the group may not call yet"
        )

    def test_is_used_by_no_listener_of_the_program(self, recording: Recording) -> None:
        group = group_of(recording)
        used = [
            each.label
            for each in recording.of_type(LISTENER)
            for urns in each.property_dependencies.values()
            if group.urn in urns
        ]
        assert not used, "visitors see the page after every update"

    def test_goes_after_every_listener(self, recording: Recording) -> None:
        for listener in recording.of_type(LISTENER):
            assert group_of(recording).label in waits_for(recording, listener), (
                "destroy during maintenance stops: a rule still uses the group"
            )

    def test_is_told_beside_the_listener_that_leads_to_the_application(
        self, prod: Recording, bare: Recording
    ) -> None:
        for recording, role in ((prod, "https"), (bare, "http")):
            listener = recording.named(f"flaskapp-prod-{role}", LISTENER)
            assert f"listener/app/{listener.name}" in recording.outputs["listener_arn"]
            pause = recording.outputs["maintenance_target_group_arn"]
            assert "targetgroup/flaskapp-prod-pause" in pause


class TestTheFunction:
    """It reads one item of one table and writes its own log."""

    def test_may_do_exactly_this(self, prod: Recording, bare: Recording) -> None:
        policy = prod.named("flaskapp-prod-maintenance", ROLE_POLICY)
        log, table, key = statements(policy)
        assert sorted(log["Action"]) == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert log["Resource"].endswith(":log-group:/flaskapp-prod/maintenance:*")
        assert table["Action"] == ["dynamodb:GetItem"]
        assert table["Resource"].endswith(":table/flaskapp-prod-releases")
        assert table["Condition"] == {
            "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [MAINTENANCE_PARTITION]}
        }, "it could read what was released by whom"
        assert key["Action"] == ["kms:Decrypt"]
        assert key["Condition"] == {
            "StringEquals": {"kms:ViaService": "dynamodb.us-east-1.amazonaws.com"}
        }
        assert len(statements(bare.named("flaskapp-prod-maintenance", ROLE_POLICY))) == 2, (
            "rights on a key that there is not"
        )

    def test_has_a_role_of_its_own(self, prod: Recording) -> None:
        function = prod.only(FUNCTION)
        role = prod.named("flaskapp-prod-maintenance", ROLE)
        assert function.property_dependencies["role"] == (role.urn,)

    def test_is_told_where_the_page_is(self, prod: Recording) -> None:
        told = prod.only(FUNCTION).inputs["environment"]["variables"]
        assert told["TABLE_NAME"] == prod.only(TABLE).inputs["name"]
        assert json.loads(told["ITEM_KEY"]) == {
            "stack": {"S": MAINTENANCE_PARTITION},
            "number": {"N": str(MAINTENANCE_NUMBER)},
        }, "it reads another item than `bin/ops maintenance` writes"

    def test_logs_where_the_stack_keeps_logs(self, prod: Recording) -> None:
        assert prod.only(FUNCTION).inputs["loggingConfig"]["logGroup"] == (
            "/flaskapp-prod/maintenance"
        ), "AWS makes a group that never expires and that destroy leaves behind"
