"""The web application firewall: AWS's rules, a limit per client, and a log without secrets."""

from infra.components.waf import rules
from planning.recording import Recording
from tests.support.tokens import LOG_GROUP, WEB_ACL

ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"


def managed(recording: Recording) -> dict[str, object]:
    """Override of each managed group by its name."""
    return {
        rule["name"]: rule["overrideAction"]
        for rule in recording.only(WEB_ACL).inputs["rules"]
        if "overrideAction" in rule
    }


class TestRules:
    """Known attacks end before a task sees them."""

    def test_block_what_aws_knows_to_be_bad(self, prod: Recording) -> None:
        blocking = {name for name, override in managed(prod).items() if override == {"none": {}}}
        assert blocking == {
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
            "AWSManagedRulesSQLiRuleSet",
        }, "a group is only counted, or gone"

    def test_only_count_people_behind_a_vpn(self, prod: Recording) -> None:
        assert managed(prod)["AWSManagedRulesAnonymousIpList"] == {"count": {}}, (
            "they are locked out"
        )

    def test_limit_each_client(self, tuned: Recording) -> None:
        limit = tuned.only(WEB_ACL).inputs["rules"][0]
        statement = limit["statement"]["rateBasedStatement"]
        assert (statement["limit"], statement["evaluationWindowSec"]) == (500, 300), "no limit"
        assert statement["aggregateKeyType"] == "IP"
        assert limit["action"] == {"block": {}}, "a flood is counted and let through"

    def test_have_an_order_and_names_of_their_own(self) -> None:
        found = rules(1000)
        assert [rule["priority"] for rule in found] == list(range(len(found))), (
            "AWS refuses two alike"
        )
        assert len({str(rule["name"]) for rule in found}) == len(found)

    def test_let_through_what_nothing_speaks_against(self, prod: Recording) -> None:
        assert prod.only(WEB_ACL).inputs["defaultAction"] == {"allow": {}}, "nobody gets in"

    def test_can_be_watched(self, prod: Recording) -> None:
        acl = prod.only(WEB_ACL).inputs
        for part in (acl, *acl["rules"]):
            assert part["visibilityConfig"]["cloudwatchMetricsEnabled"] is True, (
                "nobody sees it work"
            )


class TestItsPlace:
    """In front of the balancer, or nowhere."""

    def test_is_the_stacks_balancer(self, prod: Recording) -> None:
        assert prod.only(WEB_ACL).inputs["scope"] == "REGIONAL"
        assert prod.only(ASSOCIATION).inputs["resourceArn"] == prod.outputs["balancer_arn"], (
            "it is paid for and protects nothing"
        )

    def test_is_none_where_it_is_off(self, staging: Recording, bare: Recording) -> None:
        for recording in (staging, bare):
            assert not [each for each in recording.custom if "wafv2" in each.type]
            names = {each.inputs["name"] for each in recording.of_type(LOG_GROUP)}
            assert not [name for name in names if name.startswith("aws-waf-logs-")]


class TestItsLog:
    """It sees every header, also those that are secret."""

    def test_leaves_out_cookies_and_credentials(self, prod: Recording) -> None:
        redacted = {
            each["singleHeader"]["name"] for each in prod.only(LOGGING).inputs["redactedFields"]
        }
        assert redacted == {"authorization", "cookie"}, "sessions can be read in the log"

    def test_goes_to_a_group_with_the_name_that_aws_asks_for(self, prod: Recording) -> None:
        (destination,) = prod.only(LOGGING).inputs["logDestinationConfigs"]
        assert destination.endswith(":log-group:aws-waf-logs-flaskapp-prod"), "AWS refuses it"
