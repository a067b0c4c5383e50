"""Made-up answers of the provider to a registration: the id and every computed attribute."""

import typing
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi import _types

from planning.identifiers import (
    ACCOUNT,
    REGION,
    arn,
    hexadecimal,
    identifier,
    name_key,
    physical_name,
)
from planning.provider_types import resource_class
from planning.resource import Resource

_Answers = Callable[["_Subject"], dict[str, Any]]


# Gives the id ("" when unknown) and the computed attributes of a custom resource by their
# camelCase name; its inputs come back by themselves.
StandIns = Callable[[Resource], tuple[str, dict[str, Any]]]


class _Subject:
    """One registration with the two things that most attributes are made of."""

    def __init__(self, resource: Resource) -> None:
        self.token, self.urn, self.inputs = resource.type, resource.urn, resource.inputs
        self.name = physical_name(resource.type, resource.name, resource.urn, resource.inputs)
        self.id = identifier(resource.type, self.name, resource.urn)
        self.arn = arn(resource.type, self.name, resource.urn, self.id)

    def hex(self, length: int) -> str:
        return hexadecimal(self.urn, length)


def unknown(_: Resource) -> tuple[str, dict[str, Any]]:
    """What a first preview knows: nothing that is computed, no id."""
    return "", {}


def realistic(resource: Resource) -> tuple[str, dict[str, Any]]:
    """Values in the real form for everything that is computed, the same at each recording."""
    subject = _Subject(resource)
    cls = resource_class(resource.type)
    types = _types.resource_types(cls) if cls else {}
    answers = {key: _generic(subject, key, kind) for key, kind in types.items()}
    answers |= _special(subject)
    return subject.id, {key: value for key, value in answers.items() if key not in resource.inputs}


_BY_SUFFIX: Final[tuple[tuple[str, Callable[[_Subject], str]], ...]] = (
    ("region", lambda _: REGION),
    ("accountid", lambda _: ACCOUNT),
    ("ownerid", lambda _: ACCOUNT),
    ("registryid", lambda _: ACCOUNT),
    ("hostedzoneid", lambda of: "Z" + of.hex(13).upper()),
    ("vpcid", lambda of: "vpc-" + of.hex(17)),
    ("subnetid", lambda of: "subnet-" + of.hex(17)),
    ("securitygroupid", lambda of: "sg-" + of.hex(17)),
    ("networkaclid", lambda of: "acl-" + of.hex(17)),
    ("routetableid", lambda of: "rtb-" + of.hex(17)),
    ("networkinterfaceid", lambda of: "eni-" + of.hex(17)),
    ("prefixlistid", lambda of: "pl-" + of.hex(8)),
    ("publicip", lambda _: "198.51.100.7"),
    ("privateip", lambda _: "10.0.0.7"),
    ("date", lambda _: "2030-01-01T00:00:00Z"),
)


def _generic(of: _Subject, key: str, kind: Any) -> Any:
    origin = typing.get_origin(kind) or kind
    if key == "arn":
        return of.arn
    if key == name_key(of.token):
        return of.name
    if origin is str:
        return _generic_text(of, key)
    if origin in {int, float, bool}:
        return origin()
    if origin in {dict, Mapping} or _is_mapping(origin):
        return of.inputs.get("tags", {}) if key == "tagsAll" else {}
    return [] if _is_sequence(origin) else None


def _generic_text(of: _Subject, key: str) -> str:
    if key.endswith("Arn"):
        return arn(of.token, f"{of.name}-{key}", of.urn, of.id)
    lowered = key.lower()
    for suffix, make in _BY_SUFFIX:
        if lowered.endswith(suffix):
            return make(of)
    return f"{of.name}-{key}"


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, typing.Mapping)


def _is_sequence(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, list | tuple | typing.Sequence)


def _special(of: _Subject) -> dict[str, Any]:
    answers = _SPECIAL.get(of.token)
    return answers(of) if answers else {}


def _load_balancer(of: _Subject) -> dict[str, Any]:
    scheme = "internal-" if of.inputs.get("internal") else ""
    return {
        "dnsName": f"{scheme}{of.name}-{of.hex(10)}.{REGION}.elb.amazonaws.com",
        "zoneId": "Z35SXDOTRQ7X7K",
        "arnSuffix": of.arn.split(":loadbalancer/")[1],
    }


def _database(of: _Subject) -> dict[str, Any]:
    address = f"{of.name}.c{of.hex(11)}.{REGION}.rds.amazonaws.com"
    port = of.inputs.get("port", 5432)
    version = str(of.inputs.get("engineVersion", "17.6"))
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-{of.hex(8)}-AbCdEf"
    return {
        "address": address,
        "endpoint": f"{address}:{port}",
        "engineVersionActual": version,
        "hostedZoneId": "Z2R2ITUGPM61AM",
        "masterUserSecrets": [
            {"secretArn": secret, "secretStatus": "active", "kmsKeyId": "alias/aws/secretsmanager"}
        ],
        "port": port,
        "resourceId": of.id,
        "status": "available",
    }


def _certificate(of: _Subject) -> dict[str, Any]:
    names = [of.inputs.get("domainName"), *of.inputs.get("subjectAlternativeNames", [])]
    domains = dict.fromkeys(name for name in names if isinstance(name, str))
    options = []
    for domain in domains:
        bare, digest = domain.removeprefix("*."), hexadecimal(domain, 32)
        options.append(
            {
                "domainName": domain,
                "resourceRecordName": f"_{digest}.{bare}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{digest[::-1]}.acm-validations.aws.",
            }
        )
    return {"domainValidationOptions": options, "status": "PENDING_VALIDATION"}


def _bucket(of: _Subject) -> dict[str, Any]:
    return {
        "bucketDomainName": f"{of.name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{of.name}.s3.{REGION}.amazonaws.com",
        "hostedZoneId": "Z3AQBSTGFYJSTF",
    }


def _repository(of: _Subject) -> dict[str, Any]:
    return {"repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{of.name}"}


def _image(of: _Subject) -> dict[str, Any]:
    name = str(of.inputs.get("imageName", f"{of.name}:stand-in"))
    slash = name.rfind("/") + 1
    repository = name[:slash] + name[slash:].partition(":")[0]
    return {
        "baseImageName": name,
        "imageName": name,
        "registryServer": name.partition("/")[0],
        "repoDigest": f"{repository}@sha256:{hexadecimal(of.urn, 64)}",
    }


def _broker(of: _Subject) -> dict[str, Any]:
    host = f"{of.id}.mq.{REGION}.on.aws"
    node = {"consoleUrl": f"https://{host}", "endpoints": [f"amqps://{host}:5671"]}
    return {"instances": [node]}


def _cache(of: _Subject) -> dict[str, Any]:
    host = f"{of.name}.{of.hex(6)}.use1.cache.amazonaws.com"
    return {
        "primaryEndpointAddress": f"master.{host}",
        "readerEndpointAddress": f"replica.{host}",
    }


def _identity(of: _Subject) -> dict[str, Any]:
    tokens = [hexadecimal(f"{of.urn}{number}", 32) for number in range(3)]
    return {"dkimSigningAttributes": {"tokens": tokens}, "identityType": "DOMAIN"}


def _target_group(of: _Subject) -> dict[str, Any]:
    return {"arnSuffix": of.arn.rsplit(":", 1)[1]}


def _zone(of: _Subject) -> dict[str, Any]:
    servers = [f"ns-{index}.awsdns-0{index}.{top}" for index, top in enumerate(("com", "net"))]
    return {"zoneId": of.id, "nameServers": servers}


_SPECIAL: Final[Mapping[str, _Answers]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:ecr/repository:Repository": _repository,
    "aws:ecs/taskDefinition:TaskDefinition": lambda of: {
        "arnWithoutRevision": of.arn.rsplit(":", 1)[0],
        "revision": 1,
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:kms/key:Key": lambda of: {"keyId": of.id},
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": _target_group,
    "aws:mq/broker:Broker": _broker,
    "aws:rds/instance:Instance": _database,
    "aws:route53/zone:Zone": _zone,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:sesv2/emailIdentity:EmailIdentity": _identity,
    "aws:sqs/queue:Queue": lambda of: {"url": of.id},
    "docker:index/image:Image": _image,
}
