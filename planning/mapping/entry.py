"""Balancer, names and firewall, and the operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped, mapped

ENTRY: Final[Mapping[str, Mapped]] = {
    "aws:acm/certificate:Certificate": mapped(Binding("acm", "RequestCertificate")),
    "aws:acm/certificateValidation:CertificateValidation": mapped(
        Binding("acm", "DescribeCertificate"), own="validationRecordFqdns"
    ),
    "aws:lb/listener:Listener": mapped(
        Binding(
            "elbv2",
            "CreateListener",
            members={
                "certificateArn": "Certificates.CertificateArn",
                "defaultActions.fixedResponse": "FixedResponseConfig",
                "defaultActions.forward": "ForwardConfig",
                "defaultActions.redirect": "RedirectConfig",
            },
        ),
        # Attributes too: text that the service sends on as headers.
        own="routingHttpResponseServerEnabled "
        "routingHttpResponseContentSecurityPolicyHeaderValue "
        "routingHttpResponseStrictTransportSecurityHeaderValue "
        "routingHttpResponseXContentTypeOptionsHeaderValue "
        "routingHttpResponseXFrameOptionsHeaderValue",
    ),
    "aws:lb/listenerRule:ListenerRule": mapped(
        Binding(
            "elbv2",
            "CreateRule",
            members={
                "actions.fixedResponse": "FixedResponseConfig",
                "actions.forward": "ForwardConfig",
                "actions.redirect": "RedirectConfig",
                "conditions.hostHeader": "HostHeaderConfig",
                "conditions.httpHeader": "HttpHeaderConfig",
                "conditions.pathPattern": "PathPatternConfig",
            },
        ),
    ),
    # What the API calls attributes has no limits in its description; `limits` has them.
    "aws:lb/loadBalancer:LoadBalancer": mapped(
        Binding("elbv2", "CreateLoadBalancer", members={"loadBalancerType": "Type"}),
        own="accessLogs connectionLogs healthCheckLogs desyncMitigationMode "
        "dropInvalidHeaderFields enableDeletionProtection enableHttp2 enableWafFailOpen "
        "enableXffClientPort idleTimeout internal preserveHostHeader xffHeaderProcessingMode "
        "enableTlsVersionAndCipherSuiteHeaders clientKeepAlive enableCrossZoneLoadBalancing",
    ),
    "aws:lb/targetGroup:TargetGroup": mapped(
        Binding(
            "elbv2",
            "CreateTargetGroup",
            members={
                "healthCheck": ".",
                "healthCheck.enabled": "/HealthCheckEnabled",
                "healthCheck.healthyThreshold": "/HealthyThresholdCount",
                "healthCheck.interval": "/HealthCheckIntervalSeconds",
                "healthCheck.matcher": "/Matcher.HttpCode",
                "healthCheck.path": "/HealthCheckPath",
                "healthCheck.port": "/HealthCheckPort",
                "healthCheck.protocol": "/HealthCheckProtocol",
                "healthCheck.timeout": "/HealthCheckTimeoutSeconds",
                "healthCheck.unhealthyThreshold": "/UnhealthyThresholdCount",
            },
        ),
        own="deregistrationDelay loadBalancingAlgorithmType slowStart stickiness "
        "loadBalancingCrossZoneEnabled",
    ),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": mapped(
        Binding(
            "elbv2",
            "RegisterTargets",
            members={
                "availabilityZone": "Targets.AvailabilityZone",
                "port": "Targets.Port",
                "targetId": "Targets.Id",
            },
        ),
    ),
    "aws:route53/record:Record": mapped(
        Binding(
            "route53",
            "ChangeResourceRecordSets",
            root="ChangeBatch.Changes.ResourceRecordSet",
            members={
                "aliases": "AliasTarget",
                "aliases.name": "DNSName",
                "aliases.zoneId": "HostedZoneId",
                "records": "ResourceRecords.Value",
                "zoneId": "/HostedZoneId",
            },
        ),
        own="allowOverwrite",
    ),
    "aws:wafv2/webAcl:WebAcl": mapped(
        Binding("wafv2", "CreateWebACL"),
        # A JSON form of the rules, and a tag for whoever else changes them.
        own="ruleJson",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": mapped(Binding("wafv2", "AssociateWebACL")),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": mapped(
        Binding("wafv2", "PutLoggingConfiguration", root="LoggingConfiguration"),
    ),
}
