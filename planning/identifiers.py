"""What AWS would answer as identifier and ARN of a resource, made up but in the real form."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"

# Prefix of the identifiers that are a prefix and 17 hexadecimal digits.
_PREFIXES: Final = {
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": "acl",
    "aws:ec2/defaultRouteTable:DefaultRouteTable": "rtb",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "sg",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": "eigw",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/instance:Instance": "i",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/networkAcl:NetworkAcl": "acl",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
}

# Service and resource part of the ARN; {name} the physical name, {id} the identifier, {hex} 16
# hexadecimal digits, {uuid} a UUID. A leading "-" on the service leaves region and account out
# (S3, Route 53), a "~" only the region (IAM).
_ARNS: Final = {
    "aws:acm/certificate:Certificate": ("acm", "certificate/{uuid}"),
    "aws:appautoscaling/policy:Policy": ("autoscaling", "scalingPolicy:{uuid}:policyName/{name}"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": (
        "autoscaling",
        "scheduledAction:{uuid}:scheduledActionName/{name}",
    ),
    "aws:appautoscaling/target:Target": ("application-autoscaling", "scalable-target/{hex}"),
    "aws:backup/plan:Plan": ("backup", "backup-plan:{uuid}"),
    "aws:backup/vault:Vault": ("backup", "backup-vault:{name}"),
    "aws:cloudwatch/eventRule:EventRule": ("events", "rule/{name}"),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "log-group:{name}"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "alarm:{name}"),
    "aws:dynamodb/table:Table": ("dynamodb", "table/{name}"),
    "aws:ecr/repository:Repository": ("ecr", "repository/{name}"),
    "aws:ecs/cluster:Cluster": ("ecs", "cluster/{name}"),
    "aws:ecs/service:Service": ("ecs", "service/cluster/{name}"),
    "aws:ecs/taskDefinition:TaskDefinition": ("ecs", "task-definition/{name}:1"),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("elasticache", "replicationgroup:{name}"),
    "aws:elasticache/subnetGroup:SubnetGroup": ("elasticache", "subnetgroup:{name}"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ("~iam", "oidc-provider/{name}"),
    "aws:iam/policy:Policy": ("~iam", "policy/{name}"),
    "aws:iam/role:Role": ("~iam", "role/{name}"),
    "aws:kms/alias:Alias": ("kms", "{name}"),
    "aws:kms/key:Key": ("kms", "key/{id}"),
    "aws:lambda/function:Function": ("lambda", "function:{name}"),
    "aws:lb/listener:Listener": ("elasticloadbalancing", "listener/app/{name}/{hex}/{hex}"),
    "aws:lb/listenerRule:ListenerRule": (
        "elasticloadbalancing",
        "listener-rule/app/{name}/{hex}/{hex}/{hex}",
    ),
    "aws:lb/loadBalancer:LoadBalancer": ("elasticloadbalancing", "loadbalancer/app/{name}/{hex}"),
    "aws:lb/targetGroup:TargetGroup": ("elasticloadbalancing", "targetgroup/{name}/{hex}"),
    "aws:mq/broker:Broker": ("mq", "broker:{name}:{id}"),
    "aws:rds/eventSubscription:EventSubscription": ("rds", "es:{name}"),
    "aws:rds/instance:Instance": ("rds", "db:{name}"),
    "aws:rds/parameterGroup:ParameterGroup": ("rds", "pg:{name}"),
    "aws:rds/subnetGroup:SubnetGroup": ("rds", "subgrp:{name}"),
    "aws:route53/zone:Zone": ("-route53", "hostedzone/{id}"),
    "aws:s3/bucket:Bucket": ("-s3", "{name}"),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "secret:{name}-AbCdEf"),
    "aws:sesv2/emailIdentity:EmailIdentity": ("ses", "identity/{name}"),
    "aws:sns/topic:Topic": ("sns", "{name}"),
    "aws:sqs/queue:Queue": ("sqs", "{name}"),
    "aws:ssm/parameter:Parameter": ("ssm", "parameter{name}"),
    "aws:wafv2/webAcl:WebAcl": ("wafv2", "regional/webacl/{name}/{uuid}"),
}

# Where the ARN is the identifier, and where the physical name is.
_ARN_IS_ID: Final = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:ecs/cluster:Cluster",
        "aws:ecs/service:Service",
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "aws:iam/policy:Policy",
        "aws:lb/listener:Listener",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:sns/topic:Topic",
    }
)
_UUID_IS_ID: Final = frozenset(
    {"aws:backup/plan:Plan", "aws:kms/key:Key", "aws:wafv2/webAcl:WebAcl"}
)

# Around the physical name or a UUID.
_FORMS: Final = {
    "aws:mq/broker:Broker": "b-{uuid}",
    "aws:sqs/queue:Queue": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{name}}",
}

# A prefix and this many upper-case characters.
_LONG: Final = {
    "aws:rds/instance:Instance": ("db-", 26),
    "aws:route53/zone:Zone": ("Z", 20),
}

# The argument that holds the physical name where it is not `name`.
_NAME_KEYS: Final = {
    "aws:ecs/taskDefinition:TaskDefinition": "family",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:mq/broker:Broker": "brokerName",
    "aws:rds/instance:Instance": "identifier",
    "aws:s3/bucket:Bucket": "bucket",
    "aws:sesv2/emailIdentity:EmailIdentity": "emailIdentity",
}
# Physical name = logical name + "-" + 7 hexadecimal digits (pulumi-aws, auto-naming).
AUTO_NAME_SUFFIX_LENGTH: Final = 8


def hexadecimal(urn: str, length: int) -> str:
    """As many hexadecimal digits, always the same for one URN; at most 64."""
    return hashlib.sha256(urn.encode()).hexdigest()[:length]


def name_key(token: str) -> str:
    """The argument that gives a resource its physical name."""
    return _NAME_KEYS.get(token, "name")


def physical_name(token: str, name: str, urn: str, inputs: Mapping[str, Any]) -> str:
    """The name given, or the one that Pulumi would make of the logical name."""
    given = inputs.get(name_key(token)) or inputs.get(name_key(token) + "Prefix")
    return given if isinstance(given, str) else f"{name}-{hexadecimal(urn, 7)}"


def arn(token: str, physical: str, urn: str, identifier: str = "") -> str:
    """The ARN that a resource of this type would have; of a likely form for a type not listed."""
    package = token.split(":")[1].split("/")[0]
    kind = token.rsplit(":", 1)[-1].lower()
    service, path = _ARNS.get(token, (package, kind + "/{name}"))
    values = {
        "name": physical,
        "id": identifier,
        "hex": hexadecimal(urn, 16),
        "uuid": _uuid(urn),
    }
    region = "" if service[0] in "-~" else REGION
    account = "" if service[0] == "-" else ACCOUNT
    return f"arn:aws:{service.lstrip('-~')}:{region}:{account}:{path.format(**values)}"


def identifier(token: str, physical: str, urn: str) -> str:
    """The provider's id of a resource of this type; the physical name for a type not listed."""
    if token in _PREFIXES:
        return f"{_PREFIXES[token]}-{hexadecimal(urn, 17)}"
    if token in _ARN_IS_ID:
        return arn(token, physical, urn)
    if token in _UUID_IS_ID:
        return _uuid(urn)
    if token in _FORMS:
        return _FORMS[token].format(name=physical, uuid=_uuid(urn))
    if token in _LONG:
        prefix, length = _LONG[token]
        return prefix + hexadecimal(urn, length).upper()
    return physical


def _uuid(urn: str) -> str:
    return str(uuid.UUID(hexadecimal(urn, 32)))
