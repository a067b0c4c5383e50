"""What the stack has published of itself, compared with what AWS has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, warning
from ops.permissions import INSTANCE, NO_RESOURCE, SERVICES, TABLE, Need

if TYPE_CHECKING:
    from ops.checks.situation import Situation

NEEDS = (
    Need(actions=("dynamodb:DescribeTable",), resources=(TABLE,)),
    SERVICES,
    Need(
        actions=(
            "ecs:DescribeTaskDefinition",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeListeners",
            "logs:DescribeLogGroups",
        ),
        because=NO_RESOURCE,
    ),
    INSTANCE,
    Need(
        actions=("sqs:GetQueueAttributes",),
        resources=("arn:{partition}:sqs:{region}:{account_id}:{prefix}-*",),
    ),
    Need(
        actions=("ecr:DescribeRepositories",),
        resources=("arn:{partition}:ecr:{region}:{account_id}:repository/{prefix}",),
    ),
    Need(
        actions=("backup:DescribeBackupVault",),
        resources=("arn:{partition}:backup:{region}:{account_id}:backup-vault:{vault_name}",),
    ),
)


def find(situation: Situation) -> Iterator[Finding]:
    """Everything that the outputs name is there and is what they say."""
    if situation.published is None:
        yield problem(situation.unpublished.partition("\n")[0], _next_line(situation.unpublished))
        return
    found = [*_gone(situation), *_changed(situation)]
    yield from found
    if not found:
        yield ok("all that the stack's outputs name is there")


def _next_line(text: str) -> str:
    return text.partition("\n")[2].partition("\n")[0].rstrip(".")


def _gone(situation: Situation) -> Iterator[Finding]:
    """Parts of the stack that AWS does not know any more."""
    from botocore.exceptions import ClientError

    from ops.failures import is_gone

    for what, ask in _parts(situation).items():
        try:
            ask()
        except ClientError as error:
            if not is_gone(error):
                raise
            yield problem(
                f"{what} is gone: AWS knows it no more",
                f"{situation.way_back.refresh} make it anew",
            )


def _parts(situation: Situation) -> dict[str, Callable[[], object]]:
    """What to ask for each part; AWS refuses with a code of its own when there is none."""
    outputs, clients = situation.outputs, situation.clients
    repository = outputs.repository_url.partition("/")[2]
    parts: dict[str, Callable[[], object]] = {
        f"the table {outputs.releases_table_name}": lambda: clients.dynamodb.describe_table(
            TableName=outputs.releases_table_name
        ),
        f"the repository {repository}": lambda: clients.ecr.describe_repositories(
            repositoryNames=[repository]
        ),
        f"the vault {outputs.vault_name}": lambda: clients.backup.describe_backup_vault(
            BackupVaultName=outputs.vault_name
        ),
    }
    for role, urls in (("queue", outputs.queue_urls), ("dead letters", outputs.dead_letter_urls)):
        for process, url in urls.items():
            parts[f"the {role} of {process}"] = _asking_queue(situation, url)
    return parts


def _asking_queue(situation: Situation, url: str) -> Callable[[], object]:
    sqs = situation.clients.sqs
    return lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])


def _changed(situation: Situation) -> Iterator[Finding]:
    yield from _services(situation)
    yield from _revisions(situation)
    yield from _balancer(situation)
    yield from _database(situation)
    yield from _log_groups(situation)


def _services(situation: Situation) -> Iterator[Finding]:
    """Services are there and work towards what the last update asked for."""
    from ops.failures import is_gone
    from release.aws_errors import AwsError
    from release.deployments import MISSING, describe, short

    outputs, ecs = situation.outputs, situation.clients.ecs
    names = outputs.service_names
    try:
        services = describe(ecs, outputs.cluster_name, list(names.values()))
    except AwsError as error:
        if not is_gone(error):
            raise
        yield problem(
            f"the cluster {outputs.cluster_name} is gone",
            f"{situation.way_back.refresh} make it anew",
        )
        return
    missing = [name for name in names.values() if services[name].status == MISSING]
    if missing:
        yield warning(
            f"there is no service {', '.join(missing)}",
            f"As long as no release has succeeded, {situation.way_back.up} makes them; if somebody "
            f"deleted them: {situation.way_back.refresh} make them anew",
        )
    for process, name in names.items():
        if name in missing:
            continue
        if services[name].status != "ACTIVE":
            yield problem(
                f"the service {name} is {services[name].status}",
                f"{situation.way_back.refresh} make it anew",
            )
            continue
        primary, wanted = services[name].primary, outputs.task_definition_arns.get(process, "")
        if primary and wanted and primary.revision != wanted:
            yield warning(
                f"{process} runs {short(primary.revision)}; the last update asked for "
                f"{short(wanted)}",
                f"`bin/ops releases --stack {situation.stack}` says whether that was a rollback. "
                "The next update that changes something brings back what the program describes",
            )


def _revisions(situation: Situation) -> Iterator[Finding]:
    from ops.releases.parts import missing_revisions

    arns = situation.outputs.task_definition_arns.values()
    missing = missing_revisions(situation.clients.ecs, arns)
    if missing:
        yield problem(
            f"no task can be started of {', '.join(missing)} any more: somebody deregistered them",
            f"{situation.way_back.refresh} make new ones",
        )


def _balancer(situation: Situation) -> Iterator[Finding]:
    """The balancer has its name, and its listener sends requests to the tasks."""
    from botocore.exceptions import ClientError

    from ops.failures import is_gone

    outputs, elbv2 = situation.outputs, situation.clients.elbv2
    try:
        balancer = elbv2.describe_load_balancers(LoadBalancerArns=[outputs.balancer_arn])
        listener = elbv2.describe_listeners(ListenerArns=[outputs.listener_arn])["Listeners"][0]
    except ClientError as error:
        if not is_gone(error):
            raise
        yield problem(
            "the balancer or its listener is gone", f"{situation.way_back.refresh} make it anew"
        )
        return
    name = balancer["LoadBalancers"][0]["DNSName"]
    if name != outputs.balancer_dns_name:
        yield problem(
            f"the balancer is another one than the outputs say: {name}",
            f"{situation.way_back.refresh} publish it",
        )
    targets = {each.get("TargetGroupArn") for each in listener.get("DefaultActions", ())}
    if outputs.target_group_arn not in targets:
        yield problem(
            "the balancer's listener does not send requests to the tasks: somebody changed it",
            f"{situation.way_back.refresh} set it back",
        )


def _database(situation: Situation) -> Iterator[Finding]:
    outputs, rds = situation.outputs, situation.clients.rds
    try:
        found = rds.describe_db_instances(DBInstanceIdentifier=outputs.database_identifier)
    except rds.exceptions.DBInstanceNotFoundFault:
        yield problem(
            f"the database {outputs.database_identifier} is gone: RDS knows none of that name",
            "Restore it from its final snapshot or its backups before anything else; "
            "docs/operations.md says what outlives a database",
        )
        return
    endpoint = found["DBInstances"][0].get("Endpoint", {})
    where = (endpoint.get("Address", ""), endpoint.get("Port", 0))
    if where != (outputs.database_endpoint, outputs.database_port):
        yield problem(
            f"the database answers at {where[0]}:{where[1]}, tasks ask "
            f"{outputs.database_endpoint}:{outputs.database_port}",
            f"{situation.way_back.refresh} tell them",
        )


def _log_groups(situation: Situation) -> Iterator[Finding]:
    outputs = situation.outputs
    pages = situation.clients.logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=f"/{outputs.prefix}/"
    )
    known = {each["logGroupName"] for page in pages for each in page["logGroups"]}
    missing = sorted(set(outputs.log_group_names.values()) - known)
    if missing:
        yield problem(
            f"log groups are gone, and with them what tasks print: {', '.join(missing)}",
            f"{situation.way_back.refresh} make them anew",
        )


CHECK = Check(
    name="outputs",
    about="what the stack says of itself",
    find=find,
    needs=NEEDS,
    of_stack=False,
)
