"""The settings of a resource that a person looks for in a plan, in a few words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from planning.resource import Resource
from planning.wire import UNKNOWN

_Inputs = Mapping[str, Any]
_Fact = Callable[[_Inputs], str]


def facts(resource: Resource) -> list[str]:
    """Sizes, counts, retention and protection of one resource; often nothing."""
    said = [_text(fact(resource.inputs)) for fact in _FACTS.get(resource.type, ())]
    if resource.protect:
        said.append("protected by Pulumi")
    if resource.retain_on_delete:
        said.append("kept on destroy")
    return [fact for fact in said if fact]


def _text(fact: str) -> str:
    return "" if repr(UNKNOWN) in fact else fact


def _value(key: str, template: str = "{}") -> _Fact:
    """The value of an argument in words; nothing when it is not given."""
    return lambda inputs: template.format(inputs[key]) if key in inputs else ""


def _flag(key: str, yes: str, no: str = "") -> _Fact:
    """One of two sentences for a switch; a switch that is not given is off."""
    return lambda inputs: yes if inputs.get(key) else no


def _count(key: str, noun: str) -> _Fact:
    """How many entries a list argument has."""

    def counted(inputs: _Inputs) -> str:
        number = len(inputs.get(key, []))
        return f"{number} {noun}{'' if number == 1 else 's'}" if number else ""

    return counted


def _storage(inputs: _Inputs) -> str:
    most = inputs.get("maxAllocatedStorage")
    return f"{inputs.get('allocatedStorage', '?')}{f' to {most}' if most else ''} GiB"


def _target(inputs: _Inputs) -> str:
    return f"{inputs.get('minCapacity')} to {inputs.get('maxCapacity')} tasks"


def _tracking(inputs: _Inputs) -> str:
    tracking = inputs.get("targetTrackingScalingPolicyConfiguration", {})
    metric = tracking.get("predefinedMetricSpecification", {}).get("predefinedMetricType", "")
    own = tracking.get("customizedMetricSpecification", {}).get("metrics", [])
    metric = next((each["label"] for each in own if "label" in each), metric)
    return f"{metric} at {tracking['targetValue']}" if "targetValue" in tracking else ""


def _health(inputs: _Inputs) -> str:
    check = inputs.get("healthCheck", {})
    return f"{check['path']} every {check.get('interval', 30)} s" if "path" in check else ""


def _desired(inputs: _Inputs) -> str:
    number = inputs.get("desiredCount", 0)
    return f"{number} task{'' if number == 1 else 's'}"


def _strategy(inputs: _Inputs) -> str:
    given = inputs.get("capacityProviderStrategies", [])
    return ", ".join(str(entry.get("capacityProvider")) for entry in given)


def _lifecycles(inputs: _Inputs) -> str:
    rules = inputs.get("rules", [])
    said = [
        f"{rule['ruleName']} kept {rule['lifecycle']['deleteAfter']} days"
        for rule in rules
        if "deleteAfter" in rule.get("lifecycle", {})
    ]
    return "; ".join(said)


_FACTS: Final[Mapping[str, tuple[_Fact, ...]]] = {
    "aws:acm/certificate:Certificate": (_value("domainName"),),
    "aws:appautoscaling/policy:Policy": (_tracking,),
    "aws:appautoscaling/scheduledAction:ScheduledAction": (_value("schedule"),),
    "aws:appautoscaling/target:Target": (_target,),
    "aws:backup/plan:Plan": (_lifecycles,),
    "aws:backup/vault:Vault": (_flag("forceDestroy", "destroy deletes the recovery points"),),
    "aws:cloudwatch/logGroup:LogGroup": (
        _value("retentionInDays", "{} days"),
        _flag("kmsKeyId", "own key"),
    ),
    "aws:dynamodb/table:Table": (
        _flag("pointInTimeRecovery", "backups 35 days"),
        _flag("deletionProtectionEnabled", "deletion protection", "no deletion protection"),
    ),
    "docker:index/image:Image": (_value("imageName"),),
    "aws:ec2/subnet:Subnet": (_value("cidrBlock"), _value("availabilityZone")),
    "aws:ec2/vpc:Vpc": (_value("cidrBlock"),),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (_value("serviceName"),),
    "aws:ecr/repository:Repository": (
        _value("imageTagMutability", "tags {}"),
        _flag("forceDelete", "destroy deletes the images"),
    ),
    "aws:ecs/service:Service": (
        _desired,
        _strategy,
        _flag("loadBalancers", "behind the balancer"),
        _flag("enableExecuteCommand", "exec on"),
    ),
    "aws:ecs/taskDefinition:TaskDefinition": (
        _value("cpu", "{} CPU units"),
        _value("memory", "{} MiB"),
        lambda inputs: str(inputs.get("runtimePlatform", {}).get("cpuArchitecture", "")),
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": (
        _value("nodeType"),
        _value("engineVersion", "Valkey {}"),
        _value("numCacheClusters", "{} nodes"),
        _flag("transitEncryptionEnabled", "TLS", "no TLS"),
        _value("snapshotRetentionLimit", "snapshots {} days"),
    ),
    "aws:kms/key:Key": (
        _flag("enableKeyRotation", "rotated"),
        _value("deletionWindowInDays", "{} days to undo a delete"),
    ),
    "aws:lambda/function:Function": (_value("runtime"), _value("memorySize", "{} MiB")),
    "aws:lb/listener:Listener": (_value("protocol"), _value("port"), _value("sslPolicy")),
    "aws:lb/loadBalancer:LoadBalancer": (
        _flag("internal", "internal", "internet-facing"),
        _flag("enableDeletionProtection", "deletion protection"),
    ),
    "aws:lb/targetGroup:TargetGroup": (_health, _value("deregistrationDelay", "drain {} s")),
    "aws:mq/broker:Broker": (
        _value("hostInstanceType"),
        _value("engineVersion", "RabbitMQ {}"),
        _value("deploymentMode"),
    ),
    "aws:rds/instance:Instance": (
        _value("instanceClass"),
        _value("engineVersion", "Postgres {}"),
        _storage,
        _flag("multiAz", "Multi-AZ", "one zone"),
        _value("backupRetentionPeriod", "backups {} days"),
        _flag("deletionProtection", "deletion protection", "no deletion protection"),
        _flag("skipFinalSnapshot", "no final snapshot", "final snapshot"),
    ),
    "aws:s3/bucket:Bucket": (_flag("forceDestroy", "destroy deletes the objects"),),
    "aws:secretsmanager/secret:Secret": (_value("recoveryWindowInDays", "{} days to restore"),),
    "aws:sesv2/emailIdentity:EmailIdentity": (_value("emailIdentity"),),
    "aws:sqs/queue:Queue": (
        _value("visibilityTimeoutSeconds", "a job for {} s"),
        _value("messageRetentionSeconds", "kept {} s"),
        _flag("kmsMasterKeyId", "own key"),
    ),
    "aws:sns/topicSubscription:TopicSubscription": (_value("protocol"), _value("endpoint")),
    "aws:wafv2/webAcl:WebAcl": (_count("rules", "rule"),),
}
