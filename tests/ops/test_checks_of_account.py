"""The checks of `doctor`: what the account allows, and who is told."""

from pathlib import Path

import pytest

from ops.permissions import needs_of
from tests.ops.calls import Calls
from tests.ops.looking import PLACE, Look, bad, only
from tests.ops.stack import PREFIX, client
from tests.ops.surroundings import (
    ADDRESSES,
    FARGATE,
    INTERFACES,
    SPOT,
    Surroundings,
)


class TestJobs:
    def test_dead_letters(self, look: Look, all_well: Surroundings) -> None:
        url = all_well.stack.outputs.dead_letter_urls["worker"]
        client("sqs").send_message(QueueUrl=url, MessageBody="{}")
        state, said, remedy = only(look("jobs"))
        assert (state, "1 given up as dead letters" in said) == ("problem", True)
        assert "start-message-move-task" in remedy


class TestAlarms:
    def test_one_that_rings(self, look: Look, all_well: Surroundings) -> None:
        all_well.alarms = [
            {"AlarmName": f"{PREFIX}-5xx", "AlarmActions": ["arn:t"], "StateValue": "ALARM"}
        ]
        assert only(look("alarms"))[1].startswith("1 of 1 ring; flaskapp-staging-5xx")

    def test_of_another_stack_is_not_this_ones(
        self, look: Look, all_well: Surroundings, root: Path
    ) -> None:
        own, other = all_well.stack.outputs.topic_arn, "arn:of-the-other"
        all_well.alarms = [
            {"AlarmName": f"{PREFIX}-{name}", "AlarmActions": [topic], "StateValue": "ALARM"}
            for name, topic in (("eu-5xx", other), ("eu-mine", own), ("europe", other))
        ]
        assert only(look("alarms"))[1].startswith("3 of 3 ring"), "nobody knows of another stack"
        text = (root / "Pulumi.staging.yaml").read_text()
        (root / "Pulumi.eu.yaml").write_text(text.replace("stage: staging", "stage: staging-eu"))
        (root / "Pulumi.odd.yaml").write_text("config: [")
        assert only(look("alarms"))[1].startswith(f"2 of 2 ring; {PREFIX}-eu-mine: ; {PREFIX}-euro")

    @pytest.mark.parametrize("verb", ["status", "doctor"])
    def test_composite_ones_are_seen_with_the_right_to_all_alone(self, verb: str) -> None:
        needs = [each for each in needs_of(verb) if "cloudwatch:DescribeAlarms" in each.actions]
        assert [each.resources for each in needs] == [("*",)]

    def test_somebody_who_never_agreed(self, look: Look, all_well: Surroundings) -> None:
        all_well.subscriptions.append(
            all_well.subscription("new@polls.test", "PendingConfirmation")
        )
        state, said, _ = only(look("alarms"))
        assert (state, said.partition(" ")[0]) == ("warning", "new@polls.test")

    def test_nobody_at_all(self, look: Look, all_well: Surroundings) -> None:
        all_well.subscriptions = []
        assert not bad(look("alarms")), "the settings of staging say so"
        all_well.write_settings(**{"email-required: false": "email-required: true"})
        assert only(look("alarms"))[1] == "nobody is told of failures"


class TestMail:
    @pytest.fixture(autouse=True)
    def _mail(self, all_well: Surroundings) -> None:
        all_well.write_settings(**{"mail:\n    enabled: false": "mail:\n    enabled: true"})

    def test_all_is_well(self, look: Look) -> None:
        assert look("mail") == [
            ("ok", "mail from staging.polls.test is signed, and may go to anybody", "")
        ]

    def test_dkim_records_that_ses_has_not_seen(self, look: Look, all_well: Surroundings) -> None:
        all_well.identity["DkimAttributes"] = {"Status": "PENDING"}
        assert "DKIM records of staging.polls.test (pending)" in only(look("mail"))[1]

    def test_the_sandbox(self, look: Look, all_well: Surroundings) -> None:
        all_well.account["ProductionAccessEnabled"] = False
        assert only(look("mail"))[0] == "warning"

    def test_mail_that_aws_has_stopped(self, look: Look, all_well: Surroundings) -> None:
        all_well.account["SendingEnabled"] = False
        assert only(look("mail"))[0] == "problem"

    def test_no_such_domain(self, look: Look, aws: Calls) -> None:
        aws.refuse("ses:GetEmailIdentity", "NotFoundException")
        assert "SES does not know the domain" in only(look("mail"))[1]


class TestQuotas:
    def test_less_than_a_rollout_needs(self, look: Look, all_well: Surroundings) -> None:
        all_well.quotas[SPOT] = 1.0
        all_well.metrics["ResourceCount"] = [0.25]
        state, said, remedy = only(look("quotas"))
        assert state == "problem"
        assert "needs 1.5 (0.25 of them run already), and its tasks will not start" in said
        assert "--service-code fargate --quota-code L-36FBB829" in remedy

    def test_less_than_all_tasks_need(self, look: Look, all_well: Surroundings) -> None:
        all_well.quotas[SPOT] = 2.4
        all_well.metrics["ResourceCount"] = [0.5]
        assert only(look("quotas"))[0] == "warning"

    def test_what_others_in_the_account_use_counts(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.metrics["ResourceCount"] = [29.9]
        assert [state for state, *_ in bad(look("quotas"))] == ["problem", "problem"]

    @pytest.mark.parametrize(
        ("used", "state"), [(2.3, "problem"), (1.9, "problem"), (1.8, "warning"), (0.9, "warning")]
    )
    def test_what_a_rollout_adds_must_fit_beside_what_is_in_use(
        self, look: Look, all_well: Surroundings, used: float, state: str
    ) -> None:
        # 1.5 are needed, 0.75 of which run already.
        all_well.quotas[SPOT], all_well.quotas[FARGATE] = 2.6, 1000.0
        all_well.metrics["ResourceCount"] = [used]
        assert only(look("quotas"))[0] == state

    def test_a_large_quota_with_room_is_enough(self, look: Look, all_well: Surroundings) -> None:
        all_well.quotas[SPOT] = all_well.quotas[FARGATE] = 4000.0
        all_well.metrics["ResourceCount"] = [3990.0]
        assert not bad(look("quotas")), "ten are left"

    def test_nothing_counted(self, look: Look, all_well: Surroundings) -> None:
        all_well.metrics["ResourceCount"] = []
        assert look("quotas")[0][1] == "Fargate Spot: 30 vCPU allowed, 2.5 needed at most"

    def test_an_address_that_is_missing(self, look: Look, all_well: Surroundings) -> None:
        all_well.quotas[ADDRESSES] = 0.0
        state, said, _ = only(look("quotas"))
        assert (state, said) == (
            "problem",
            "0 of 0 elastic addresses in use, and the stack needs 1 more",
        )

    def test_the_stacks_own_address_is_enough(self, look: Look, all_well: Surroundings) -> None:
        tags = [{"Key": key, "Value": value} for key, value in PLACE.tags.items()]
        client("ec2").allocate_address(
            Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}]
        )
        all_well.quotas[ADDRESSES] = 1.0
        assert not bad(look("quotas"))

    def test_hardly_any_left(self, look: Look, all_well: Surroundings) -> None:
        client("ec2").create_network_interface(SubnetId=all_well.stack.subnet_ids[0])
        all_well.quotas[INTERFACES] = 1.0
        assert only(look("quotas"))[0] == "warning"

    def test_a_quota_that_aws_does_not_know(self, look: Look, aws: Calls) -> None:
        aws.refuse("servicequotas:GetServiceQuota", "NoSuchResourceException")
        assert {state for state, *_ in look("quotas")} == {"unknown"}


class TestAddresses:
    @pytest.mark.parametrize(("left", "state"), [(7, "problem"), (8, "ok"), (500, "ok")])
    def test_too_few(
        self, look: Look, all_well: Surroundings, aws: Calls, left: int, state: str
    ) -> None:
        self._leave(all_well, aws, left)
        assert look("addresses")[0][0] == state

    def test_fewer_than_a_rollout_needs(
        self, look: Look, all_well: Surroundings, aws: Calls
    ) -> None:
        self._leave(all_well, aws, 9)
        all_well.write_settings(
            **{"max-tasks: 2\n    cpu": "max-tasks: 9\n    cpu", "threads: 8": "threads: 1"}
        )
        state, said, _ = only(look("addresses"))
        assert (state, said[:48]) == ("warning", "a rollout with all tasks needs 12 addresses in e")

    def _leave(self, all_well: Surroundings, aws: Calls, left: int) -> None:
        aws.answer(
            "ec2:DescribeSubnets",
            {
                "Subnets": [
                    {"SubnetId": subnet, "AvailableIpAddressCount": left}
                    for subnet in all_well.stack.subnet_ids
                ]
            },
        )


def test_fargate_elsewhere_than_on_spot_has_a_quota_of_its_own(
    look: Look, all_well: Surroundings
) -> None:
    all_well.quotas[FARGATE] = 0.1
    assert only(look("quotas"))[1].startswith("Fargate: 0.1 vCPU allowed")
