"""Physical names as they will be, with the suffix that Pulumi adds, against AWS's limits."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from planning.identifiers import AUTO_NAME_SUFFIX_LENGTH, name_key
from planning.provider_types import arguments_class
from planning.resource import Resource


@dataclass(frozen=True)
class NameLimit:
    """The longest name of a type and the characters it may have."""

    longest: int
    form: str


_WORDS: Final = r"[A-Za-z0-9_-]+"
_DASHED: Final = r"[A-Za-z0-9](-?[A-Za-z0-9])*"
_IDENTIFIER: Final = r"[a-z](-?[a-z0-9])*"
_ROLE: Final = r"[\w+=,.@-]+"

# From the API reference of each service, the operation that creates the resource.
NAME_LIMITS: Final[Mapping[str, NameLimit]] = {
    "aws:backup/plan:Plan": NameLimit(50, r"[A-Za-z0-9._-]+"),
    "aws:backup/selection:Selection": NameLimit(50, r"[A-Za-z0-9._-]+"),
    "aws:backup/vault:Vault": NameLimit(50, r"[A-Za-z0-9_-]{2,}"),
    "aws:appautoscaling/policy:Policy": NameLimit(255, r".+"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": NameLimit(255, r".+"),
    "aws:cloudwatch/eventRule:EventRule": NameLimit(64, r"[A-Za-z0-9._-]+"),
    "aws:cloudwatch/logGroup:LogGroup": NameLimit(512, r"[A-Za-z0-9._/#-]+"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": NameLimit(255, r".+"),
    "aws:dynamodb/table:Table": NameLimit(255, r"[A-Za-z0-9_.-]{3,}"),
    "aws:ec2/securityGroup:SecurityGroup": NameLimit(
        255, r"(?!sg-)[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]+"
    ),
    "aws:ecr/repository:Repository": NameLimit(256, r"[a-z0-9]+([._/-][a-z0-9]+)*"),
    "aws:ecs/cluster:Cluster": NameLimit(255, _WORDS),
    "aws:ecs/service:Service": NameLimit(255, _WORDS),
    "aws:ecs/taskDefinition:TaskDefinition": NameLimit(255, _WORDS),
    # elasticache API, CreateReplicationGroup: letters, digits and single hyphens
    "aws:elasticache/replicationGroup:ReplicationGroup": NameLimit(40, _IDENTIFIER),
    "aws:elasticache/subnetGroup:SubnetGroup": NameLimit(255, _IDENTIFIER),
    "aws:iam/policy:Policy": NameLimit(128, _ROLE),
    "aws:iam/role:Role": NameLimit(64, _ROLE),
    "aws:iam/rolePolicy:RolePolicy": NameLimit(128, _ROLE),
    "aws:kms/alias:Alias": NameLimit(256, r"alias/(?!aws/)[A-Za-z0-9/_-]+"),
    "aws:lambda/function:Function": NameLimit(64, _WORDS),
    "aws:lb/loadBalancer:LoadBalancer": NameLimit(32, rf"(?!internal-){_DASHED}"),
    "aws:lb/targetGroup:TargetGroup": NameLimit(32, _DASHED),
    "aws:mq/broker:Broker": NameLimit(50, _WORDS),
    "aws:rds/instance:Instance": NameLimit(63, _IDENTIFIER),
    "aws:rds/parameterGroup:ParameterGroup": NameLimit(255, _IDENTIFIER),
    "aws:rds/subnetGroup:SubnetGroup": NameLimit(255, r"[a-z0-9 ._-]+"),
    "aws:s3/bucket:Bucket": NameLimit(63, r"(?!xn--)[a-z0-9][a-z0-9.-]+[a-z0-9]"),
    "aws:secretsmanager/secret:Secret": NameLimit(512, r"[A-Za-z0-9/_+=.@-]+"),
    "aws:sqs/queue:Queue": NameLimit(80, r"[A-Za-z0-9_-]+(\.fifo)?"),
    "aws:sns/topic:Topic": NameLimit(256, r"[A-Za-z0-9_-]+(\.fifo)?"),
    # ssm API, PutParameter: not aws or ssm, in whatever case, at the beginning
    "aws:ssm/parameter:Parameter": NameLimit(1011, r"(?i:(?!/?(aws|ssm)))(/[A-Za-z0-9_.-]+){1,15}"),
    "aws:wafv2/webAcl:WebAcl": NameLimit(128, _WORDS),
}
_LONGEST_PREFIX: Final = 26


def name_problems(resource: Resource) -> Iterator[str]:
    """Names that are too long or of a wrong form, and types whose limit is not in the table."""
    key = name_key(resource.type)
    given = resource.inputs.get(key)
    limit = NAME_LIMITS.get(resource.type)
    if limit is None or (given is not None and not isinstance(given, str)):
        return
    name, how = _final(resource, key)
    if len(name) > limit.longest:
        spare = limit.longest - (len(name) - len(resource.name))
        yield (
            f"{key}: {name!r} ({how}) has {len(name)} characters, {limit.longest} allowed; "
            f"shorten it{'' if given else f' to at most {spare} without the suffix'}"
        )
    if not re.fullmatch(limit.form, name):
        yield f"{key}: {name!r} ({how}) given, the form {limit.form} allowed"


def _final(resource: Resource, key: str) -> tuple[str, str]:
    given = resource.inputs.get(key)
    if given:
        return str(given), "given"
    prefix = resource.inputs.get(key + "Prefix")
    if isinstance(prefix, str):
        # The Terraform provider adds 26 characters to a prefix.
        return prefix + "0" * _LONGEST_PREFIX, f"prefix {prefix!r} and {_LONGEST_PREFIX} characters"
    return resource.name + "-" + "0" * (AUTO_NAME_SUFFIX_LENGTH - 1), "with Pulumi's suffix"


def is_named(token: str) -> bool:
    """Whether the type takes a physical name at all, so that Pulumi would make one up."""
    arguments = arguments_class(token)
    return arguments is not None and hasattr(arguments, name_key(token))
