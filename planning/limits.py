"""Limits of AWS that its API descriptions do not state, each from the page named beside it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from planning import wire
from planning.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What a value must be: one of `values`, a number within `low` and `high`, or of a `form`."""

    values: frozenset[Any] = frozenset()
    low: float | None = None
    high: float | None = None
    form: str = ""

    def problem(self, value: Any) -> str:
        """Why a value is refused; nothing when it is fine."""
        if self.values and value not in self.values:
            allowed = ", ".join(map(str, sorted(self.values, key=str)))
            return f"{value!r} given, one of {allowed} allowed"
        if self.form and not re.fullmatch(self.form, str(value)):
            return f"{value!r} given, the form {self.form} allowed"
        if self.low is not None and self.high is not None and not self._within(value):
            return f"{value!r} given, {self.low:g} to {self.high:g} allowed"
        return ""

    def _within(self, value: Any) -> bool:
        try:
            return (self.low or 0) <= float(value) <= (self.high or 0)
        except (TypeError, ValueError):
            return False


def limit_problems(resource: Resource) -> Iterator[str]:
    """Values beyond the limits of their argument, one line each."""
    for path, limit in LIMITS.get(resource.type, {}).items():
        for value in _at(resource.inputs, path.split(".")):
            if value is not wire.UNKNOWN and (problem := limit.problem(value)):
                yield f"{path}: {problem}"


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _at(item, path)
    elif not path:
        yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _one_of(*values: Any) -> Limit:
    return Limit(values=frozenset(values))


def _number(low: float, high: float) -> Limit:
    return Limit(low=low, high=high)


_PORT: Final = _number(-1, 65535)
_CIDR: Final = Limit(form=r"\d{1,3}(\.\d{1,3}){3}/\d{1,2}")
_RULE: Final = {
    # ec2 API, IpRange
    "description": Limit(form=r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}"),
    "cidrIpv4": _CIDR,
    "fromPort": _PORT,
    "toPort": _PORT,
    # ec2 API, IpPermission: a name, or a number of IANA
    "ipProtocol": Limit(form=r"tcp|udp|icmp|icmpv6|-1|\d{1,3}"),
}
_DAYS_OF_LOGS: Final = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827)

LIMITS: Final[Mapping[str, Mapping[str, Limit]]] = {
    "aws:backup/plan:Plan": {
        # AWS Backup developer guide, "Backup plan options": a cron expression or a rate
        "rules.schedule": Limit(form=r"(cron|rate)\(.+\)"),
        "rules.startWindow": _number(60, 100 * 365 * 24 * 60),
        "rules.lifecycle.deleteAfter": _number(1, 36500),
    },
    "aws:cloudwatch/logGroup:LogGroup": {
        # logs API, PutRetentionPolicy; 0 never expires
        "retentionInDays": _one_of(0, *_DAYS_OF_LOGS, 2192, 2557, 2922, 3288, 3653),
    },
    "aws:ec2/networkAclRule:NetworkAclRule": {
        "cidrBlock": _CIDR,
        # ec2 API, CreateNetworkAclEntry
        "ruleNumber": _number(1, 32766),
        "fromPort": _PORT,
        "toPort": _PORT,
    },
    # ec2 API, CreateFlowLogs
    "aws:ec2/flowLog:FlowLog": {"maxAggregationInterval": _one_of(60, 600)},
    "aws:ec2/subnet:Subnet": {"cidrBlock": Limit(form=r"(\d{1,3}\.){3}\d{1,3}/(1[6-9]|2[0-8])")},
    "aws:ec2/vpc:Vpc": {"cidrBlock": Limit(form=r"(\d{1,3}\.){3}\d{1,3}/(1[6-9]|2[0-8])")},
    "aws:ecr/repository:Repository": {
        "encryptionConfigurations.encryptionType": _one_of("AES256", "KMS", "KMS_DSSE"),
    },
    "aws:ecs/cluster:Cluster": {
        # ecs API, ClusterSetting
        "settings.value": _one_of("enabled", "disabled", "enhanced"),
    },
    "aws:ecs/service:Service": {
        "deploymentMaximumPercent": _number(100, 200),
        "deploymentMinimumHealthyPercent": _number(0, 100),
        "desiredCount": _number(0, 5000),
        "healthCheckGracePeriodSeconds": _number(0, 2147483647),
    },
    # elasticache API, CreateReplicationGroup; user guide, "Understanding replication"
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "engine": _one_of("valkey"),
        "engineVersion": Limit(form=r"7\.2|[89]\.\d"),
        "nodeType": Limit(form=r"cache\.[a-z0-9]+\.[a-z0-9]+"),
        "numCacheClusters": _number(1, 6),
        "snapshotRetentionLimit": _number(0, 35),
    },
    # kms API, ScheduleKeyDeletion and EnableKeyRotation
    "aws:kms/key:Key": {
        "deletionWindowInDays": _number(7, 30),
        "rotationPeriodInDays": _number(90, 2560),
    },
    "aws:lb/listener:Listener": {
        # Elastic Load Balancing user guide, "Security policies"
        "sslPolicy": Limit(form=r"ELBSecurityPolicy-[A-Za-z0-9-]+"),
        "port": _number(1, 65535),
    },
    # elbv2 API, LoadBalancerAttribute
    "aws:lb/loadBalancer:LoadBalancer": {
        "desyncMitigationMode": _one_of("monitor", "defensive", "strictest"),
        "idleTimeout": _number(1, 4000),
        "xffHeaderProcessingMode": _one_of("append", "preserve", "remove"),
    },
    # elbv2 API, TargetGroupAttribute
    "aws:lb/targetGroup:TargetGroup": {
        "deregistrationDelay": _number(0, 3600),
        "loadBalancingAlgorithmType": _one_of(
            "round_robin", "least_outstanding_requests", "weighted_random"
        ),
        # elbv2 API, Matcher
        "healthCheck.matcher": Limit(form=r"\d{3}([,-]\d{3})*"),
        "healthCheck.path": Limit(form=r"/.{0,1023}"),
    },
    # mq API, CreateBroker; the provider's own words for engine and deployment
    "aws:mq/broker:Broker": {
        "engineType": _one_of("RabbitMQ"),
        "engineVersion": _one_of("3.13", "4.2"),
        "hostInstanceType": Limit(form=r"mq\.[a-z0-9]+\.[a-z0-9]+"),
    },
    # rds API, CreateDBInstance
    "aws:rds/instance:Instance": {
        "allocatedStorage": _number(20, 65536),
        "backupRetentionPeriod": _number(0, 35),
        "backupWindow": Limit(form=r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d"),
        "enabledCloudwatchLogsExports": _one_of("postgresql", "upgrade", "iam-db-auth-error"),
        "engine": _one_of("postgres"),
        "engineVersion": Limit(form=r"\d{2}(\.\d{1,2})?"),
        "instanceClass": Limit(form=r"db\.[a-z0-9-]+\.[a-z0-9]+"),
        "maintenanceWindow": Limit(
            form=r"(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d-(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d"
        ),
        "maxAllocatedStorage": _number(0, 65536),
        "monitoringInterval": _one_of(0, 1, 5, 10, 15, 30, 60),
        "performanceInsightsRetentionPeriod": _one_of(7, 731, *range(31, 714, 31)),
        "port": _number(1150, 65535),
        "storageType": _one_of("gp2", "gp3", "io1", "io2", "standard"),
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "family": Limit(form=r"postgres\d{2}"),
        "parameters.applyMethod": _one_of("immediate", "pending-reboot"),
    },
    # route53 API, ResourceRecordSet
    "aws:route53/record:Record": {"ttl": _number(0, 2147483647)},
    # secretsmanager API, DeleteSecret; 0 deletes at once
    "aws:secretsmanager/secret:Secret": {"recoveryWindowInDays": _one_of(0, *range(7, 31))},
    # sqs API, CreateQueue
    "aws:sqs/queue:Queue": {
        "delaySeconds": _number(0, 900),
        "kmsDataKeyReusePeriodSeconds": _number(60, 86_400),
        "maxMessageSize": _number(1024, 1_048_576),
        "messageRetentionSeconds": _number(60, 1_209_600),
        "receiveWaitTimeSeconds": _number(0, 20),
        "visibilityTimeoutSeconds": _number(0, 43_200),
    },
    # sns API, Subscribe
    "aws:sns/topicSubscription:TopicSubscription": {
        "protocol": _one_of(
            *("application", "email", "email-json", "firehose", "http", "https"),
            *("lambda", "sms", "sqs"),
        ),
    },
    # ssm user guide, "Managing parameter tiers": the advanced tier's
    "aws:ssm/parameter:Parameter": {"insecureValue": Limit(form=r"(?s:.{1,8192})")},
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _RULE,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _RULE,
}
