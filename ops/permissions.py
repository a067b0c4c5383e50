"""What the verbs need of IAM: each declares its own needs, here they become one policy."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ops.verb_list import VERBS, module_of

if TYPE_CHECKING:
    from ops.access import Place
    from ops.outputs import Outputs

# AWS takes no more characters in a managed policy [IAM user guide, "IAM and AWS STS quotas"].
POLICY_CHARACTERS = 6144


@dataclass(frozen=True, kw_only=True)
class Need:
    """Actions on what a stack has; `resources` are ARNs with {outputs} in them, `*` where AWS knows
    no narrower one, for which `because` gives the reason.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Mapping[str, str]] | None = None
    because: str = ""

    def statement(self, values: Mapping[str, str]) -> dict[str, Any]:
        """The IAM statement for one stack."""
        statement: dict[str, Any] = {
            "Effect": "Allow",
            "Action": sorted(self.actions),
            "Resource": sorted(resource.format_map(values) for resource in self.resources),
        }
        if self.condition:
            statement["Condition"] = {
                operator: {key: text.format_map(values) for key, text in pairs.items()}
                for operator, pairs in self.condition.items()
            }
        return statement


NO_RESOURCE = "IAM knows no resource for it"
TABLE = "arn:{partition}:dynamodb:{region}:{account_id}:table/{releases_table_name}"
# Whoever reads or writes an encrypted table must be allowed to use its key through DynamoDB, which
# says for which table it asks [DynamoDB developer guide, "Encryption at rest: how it works"].
TABLE_KEY = Need(
    actions=("kms:Decrypt",),
    resources=("arn:{partition}:kms:{region}:{account_id}:key/*",),
    condition={
        "StringEquals": {
            "kms:ViaService": "dynamodb.{region}.amazonaws.com",
            "kms:EncryptionContext:aws:dynamodb:tableName": "{releases_table_name}",
        }
    },
    because="the table is encrypted with a key of the stack; the condition holds it to that table",
)
# Every verb reads the outputs.
OUTPUTS = Need(
    actions=("ssm:GetParameter",),
    resources=("arn:{partition}:ssm:{region}:{account_id}:parameter/{prefix}/outputs",),
)
# Every verb that changes something writes down that it did, and nothing else into that table.
JOURNAL = Need(
    actions=("dynamodb:PutItem",),
    resources=(TABLE,),
    condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "operations"}},
)


# What a look at the services asks first.
SERVICES = Need(
    actions=("ecs:DescribeServices",),
    resources=("arn:{partition}:ecs:{region}:{account_id}:service/{cluster_name}/*",),
)
DATABASE = "arn:{partition}:rds:{region}:{account_id}:db:{database_identifier}"
INSTANCE = Need(actions=("rds:DescribeDBInstances",), resources=(DATABASE,))
# To say whether the database can still be brought back to before a release.
RESTORE_POINTS = (
    Need(
        actions=("rds:DescribeDBInstanceAutomatedBackups",),
        resources=(
            DATABASE,
            "arn:{partition}:rds:{region}:{account_id}:auto-backup:*",
        ),
    ),
    Need(
        actions=("rds:DescribeDBSnapshots",),
        resources=(
            DATABASE,
            "arn:{partition}:rds:{region}:{account_id}:snapshot:{prefix}-release-*",
        ),
    ),
)


def needs_of(verb: str, *, reading: bool = False) -> Sequence[Need]:
    """What a verb needs, with what all verbs, or all that change something, do.

    With `reading` only for its part that changes nothing; there must be one.
    """
    own: Sequence[Need] = importlib.import_module(module_of(verb)).NEEDS
    asks = verb not in WITHOUT_A_STACK
    journal = (JOURNAL,) if asks and changes(verb) and not reading else ()
    if reading and changes(verb):
        own = tuple(_only_reading(own))
    outputs = (OUTPUTS,) if asks else ()
    needs = (*outputs, *journal, *own)
    return (*needs, TABLE_KEY) if any(TABLE in need.resources for need in needs) else needs


def changes(verb: str) -> bool:
    """Whether a verb, or one of its group, changes something."""
    return bool(getattr(importlib.import_module(module_of(verb)).command, "changes", False))


def reading_parts(verb: str) -> Sequence[str]:
    """How the parts of a verb are called that change nothing, though others do."""
    commands = getattr(importlib.import_module(module_of(verb)).command, "commands", {})
    named = [f"`{verb} {name}`" for name, each in commands.items() if not each.changes]
    return (*named, f"`{verb}` without words") if verb in SHOWS_WITHOUT_WORDS else named


def reads(verb: str) -> bool:
    """Whether a verb, or a part of it, changes nothing."""
    return bool(not changes(verb) or reading_parts(verb))


def _only_reading(needs: Iterable[Need]) -> Iterator[Need]:
    """AWS calls what changes nothing by a few words."""
    for need in needs:
        actions = tuple(each for each in need.actions if each.partition(":")[2].startswith(_READS))
        if actions:
            yield replace(need, actions=actions)


# Verbs that are about what lies on this machine: the stack's file, and these verbs themselves.
WITHOUT_A_STACK = frozenset({"completion", "config", "secrets"})
# Verbs that change what is named behind them, and show how it is when nothing is.
SHOWS_WITHOUT_WORDS = frozenset({"scale"})
_READS = ("BatchGet", "Describe", "Filter", "Get", "List", "Query")


def policy(
    verbs: Iterable[str], values: Mapping[str, str], *, reading: bool = False
) -> dict[str, Any]:
    """The IAM policy that lets a person use these verbs on one stack and nothing else; with
    `reading` only what of them changes nothing.
    """
    merged: dict[str, dict[str, Any]] = {}
    for need in (need for verb in verbs for need in needs_of(verb, reading=reading)):
        statement = need.statement(values)
        place = repr((statement["Resource"], statement.get("Condition")))
        known = merged.setdefault(place, statement)
        known["Action"] = sorted({*known["Action"], *statement["Action"]})
    return {"Version": "2012-10-17", "Statement": list(merged.values())}


def values_of(outputs: Outputs) -> dict[str, str]:
    """What stands for the names in braces."""
    named = {name: value for name, value in vars(outputs).items() if isinstance(value, (str, int))}
    return {
        **{name: str(value) for name, value in named.items()},
        "partition": partition_of(outputs.region),
        "repository_name": outputs.repository_url.partition("/")[2],
        "balancer_path": outputs.balancer_arn.partition(":loadbalancer/")[2],
    }


class Guessed(dict[str, str]):
    """The names in braces for a stack whose outputs cannot be read: of its file, else `*`."""

    def __missing__(self, name: str) -> str:
        """Anything."""
        return "*"


def guessed(place: Place) -> Guessed:
    """What the stack's file alone tells; names that the program gives begin with the prefix."""
    region = place.access.region
    return Guessed(
        partition=partition_of(region),
        region=region,
        account_id=place.access.account_id,
        prefix=place.prefix,
        cluster_name=place.prefix,
        releases_table_name=f"{place.prefix}-releases",
        database_identifier=place.prefix,
        vault_name=f"{place.prefix}-vault",
    )


class Named(dict[str, str]):
    """The names in braces, shown as `<names>`: for documentation."""

    def __missing__(self, name: str) -> str:
        """A name to fill in."""
        return f"<{name}>"


def partition_of(region: str) -> str:
    """`aws`, or what China's and the government's regions have in their ARNs."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def all_verbs() -> tuple[str, ...]:
    """Every verb, in the order of the help."""
    return tuple(VERBS)
