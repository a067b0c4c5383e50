"""Tasks of the cluster that belong to no service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

MODULE = "flask-fargate"


@dataclass(frozen=True, kw_only=True)
class OneOffTasksArgs:
    """What is needed to find the tasks; `endpoints` as in the setting aws-endpoints."""

    cluster_arn: pulumi.Input[str]
    region: str
    account_id: str
    endpoints: Mapping[str, str]
    after: Sequence[pulumi.Resource]


class OneOffTasks(pulumi.ComponentResource):
    """The release task, and others that are started by hand.

    * nothing in AWS: when the stack is destroyed, tasks that still run are stopped first, as the
      cluster, and the network under them, could not be deleted
    """

    def __init__(
        self, name: str, args: OneOffTasksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:one_off_tasks:OneOffTasks", name, None, opts)
        _Stopped(
            TaskStopper(),
            f"{name}-one-off-tasks",
            {
                "cluster_arn": args.cluster_arn,
                "region": args.region,
                "account_id": args.account_id,
                "endpoints": dict(args.endpoints),
            },
            pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.register_outputs({})


class TaskStopper(ResourceProvider):
    """Does something at its deletion alone.

    A resource hook could not: `pulumi destroy` does not run the program. Pulumi keeps this class
    by its name: whoever moves or renames it leaves existing stacks without it.
    """

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Only remember where the tasks would be."""
        return CreateResult(str(props["cluster_arn"]), props)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another cluster or address is remembered instead."""
        names = ("cluster_arn", "region", "account_id", "endpoints")
        return DiffResult(changes=any(_olds.get(name) != _news.get(name) for name in names))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Remember it."""
        return UpdateResult(_news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Stop what runs, and wait until it has stopped."""
        from release.clients import Access, Clients
        from release.one_off import stop_all
        from release.progress import SystemClock

        access = Access(
            region=_props["region"],
            account_id=_props["account_id"],
            endpoints=_props["endpoints"],
        )
        stop_all(str(_props["cluster_arn"]), Clients(access), print, SystemClock())


class _Stopped(Resource, module=MODULE, name="OneOffTasks"):
    """The resource of the provider above."""
