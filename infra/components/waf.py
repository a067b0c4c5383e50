"""The web application firewall."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Managed rule group -> whether its verdict counts or is only counted. Anonymous addresses are
# counted: blocking them would hit people behind a VPN.
MANAGED_RULES = {
    "AWSManagedRulesAmazonIpReputationList": "none",
    "AWSManagedRulesAnonymousIpList": "count",
    "AWSManagedRulesCommonRuleSet": "none",
    "AWSManagedRulesKnownBadInputsRuleSet": "none",
    "AWSManagedRulesSQLiRuleSet": "none",
}
REDACTED_HEADERS = ("authorization", "cookie")


@dataclass(frozen=True, kw_only=True)
class WafArgs:
    """What the firewall takes; without a log group there is none."""

    balancer_arn: pulumi.Input[str]
    requests_per_five_minutes: int
    log_group_arn: pulumi.Input[str] | None


class Waf(pulumi.ComponentResource):
    """A web ACL in front of the balancer.

    * AWS's managed rules and a limit per client address, with metrics
    * its log, without cookies and credentials
    """

    def __init__(
        self, name: str, args: WafArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:waf:Waf", name, None, opts)
        if args.log_group_arn is not None:
            self._create(name, args, args.log_group_arn)
        self.register_outputs({})

    def _create(self, name: str, args: WafArgs, log_group_arn: pulumi.Input[str]) -> None:
        acl = aws.wafv2.WebAcl(
            f"{name}-web",
            scope="REGIONAL",
            default_action={"allow": {}},
            rules=rules(args.requests_per_five_minutes),
            visibility_config=visibility(name),
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        child = pulumi.ResourceOptions(parent=acl)
        aws.wafv2.WebAclAssociation(
            f"{name}-web", resource_arn=args.balancer_arn, web_acl_arn=acl.arn, opts=child
        )
        aws.wafv2.WebAclLoggingConfiguration(
            f"{name}-web",
            resource_arn=acl.arn,
            log_destination_configs=[log_group_arn],
            redacted_fields=[{"single_header": {"name": header}} for header in REDACTED_HEADERS],
            opts=child,
        )


def visibility(metric: str) -> aws.wafv2.WebAclVisibilityConfigArgsDict:
    """Metrics and samples under a name."""
    return {
        "cloudwatch_metrics_enabled": True,
        "metric_name": metric,
        "sampled_requests_enabled": True,
    }


def rules(requests_per_five_minutes: int) -> Sequence[aws.wafv2.WebAclRuleArgsDict]:
    """The limit first, as it costs least; then the managed groups in their order."""
    limit: aws.wafv2.WebAclRuleArgsDict = {
        "name": "rate",
        "priority": 0,
        "action": {"block": {}},
        "statement": {
            "rate_based_statement": {
                "limit": requests_per_five_minutes,
                "aggregate_key_type": "IP",
                "evaluation_window_sec": 300,
            }
        },
        "visibility_config": visibility("rate"),
    }
    return [limit, *(_managed(i, name) for i, name in enumerate(MANAGED_RULES, start=1))]


def _managed(priority: int, name: str) -> aws.wafv2.WebAclRuleArgsDict:
    return {
        "name": name,
        "priority": priority,
        "override_action": {"count": {}} if MANAGED_RULES[name] == "count" else {"none": {}},
        "statement": {"managed_rule_group_statement": {"name": name, "vendor_name": "AWS"}},
        "visibility_config": visibility(name),
    }
