"""Addresses of AWS's console, by what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.permissions import partition_of

if TYPE_CHECKING:
    from ops.outputs import Outputs

# Beside one for each process.
OTHER_PAGES = (
    "cluster",
    "logs",
    "alarms",
    "balancer",
    "database",
    "releases",
    "images",
    "backups",
    "costs",
)
_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def pages_of(outputs: Outputs) -> dict[str, str]:
    """The pages of one stack."""
    region = outputs.region
    home = f"https://{region}.{_HOSTS[partition_of(region)]}"
    cluster = f"{home}/ecs/v2/clusters/{outputs.cluster_name}"
    cloudwatch = f"{home}/cloudwatch/home?region={region}#"
    repository = outputs.repository_url.partition("/")[2]
    return {
        "cluster": f"{cluster}/services?region={region}",
        **{
            process: f"{cluster}/services/{name}/health?region={region}"
            for process, name in outputs.service_names.items()
        },
        # `$3F` and `$3D` are what this console makes of `?` and `=`.
        "logs": f"{cloudwatch}logsV2:log-groups$3FlogGroupNameFilter$3D{outputs.prefix}",
        "alarms": f"{cloudwatch}alarmsV2:?search={outputs.prefix}",
        "balancer": (
            f"{home}/ec2/home?region={region}#LoadBalancer:loadBalancerArn={outputs.balancer_arn}"
        ),
        "database": (
            f"{home}/rds/home?region={region}#database:id={outputs.database_identifier};"
            "is-cluster=false"
        ),
        "releases": (
            f"{home}/dynamodbv2/home?region={region}#item-explorer?"
            f"table={outputs.releases_table_name}"
        ),
        "images": (
            f"{home}/ecr/repositories/private/{outputs.account_id}/{repository}?region={region}"
        ),
        "backups": (
            f"{home}/backup/home?region={region}#/backupvaults/details/{outputs.vault_name}"
        ),
        "costs": f"https://{_HOSTS[partition_of(region)]}/cost-management/home#/cost-explorer",
    }
