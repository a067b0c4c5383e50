"""How an update becomes a release: its table, the release phase, and the rollout's verdict."""

from collections.abc import Mapping, Sequence
from functools import partial

import pulumi

from infra import image_content, release_steps
from infra.components.balancer import Balancer
from infra.components.gate import Gate, GateArgs
from infra.components.ledger import Ledger, LedgerArgs
from infra.components.one_off_tasks import OneOffTasks, OneOffTasksArgs
from infra.components.rollback_notice import RollbackNotice, RollbackNoticeArgs
from infra.components.service import Service
from infra.layers.data import Data
from infra.layers.ground import Ground
from infra.layers.runtime import ROOT, Runtime
from infra.naming import RELEASE_GATE, ROLLOUT_GATE
from infra.procfile import RELEASE, WEB, Procfile
from infra.settings import Settings


def create_ledger(settings: Settings, ground: Ground, opts: pulumi.ResourceOptions) -> Ledger:
    """The table of releases."""
    return Ledger(
        settings.prefix,
        LedgerArgs(
            table_name=f"{settings.prefix}-releases",
            kms_key_arn=ground.keys.data_key_arn,
            protect=settings.safeguards.protect,
        ),
        opts,
    )


def create_release_gate(
    settings: Settings,
    procfile: Procfile,
    ground: Ground,
    ledger: Ledger,
    runtime: Runtime,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> Sequence[pulumi.Resource]:
    """The release phase; what must be done before a service may change."""
    stopper = OneOffTasks(
        settings.prefix,
        OneOffTasksArgs(
            cluster_arn=runtime.cluster.cluster_arn,
            region=settings.region,
            account_id=settings.account_id,
            endpoints=settings.aws_endpoints,
            after=after,
        ),
        opts,
    )
    if procfile.release is None:
        return after
    gate = Gate(
        f"{settings.prefix}-{RELEASE}",
        GateArgs(
            table_name=ledger.table_name,
            number=RELEASE_GATE,
            passes={
                "image": runtime.image.reference,
                "command": procfile.release.command,
                "configuration": runtime.configuration,
            },
            needs={
                "cluster": runtime.cluster.cluster_arn,
                "task_definition": runtime.tasks[RELEASE].definition_arn,
                "subnet_ids": ground.network.private_subnet_ids,
                "group_id": ground.firewall.jobs_group_id,
                "log_group": ground.logs.processes[RELEASE].name,
                **_known_of_release(ledger, runtime),
            },
            work=partial(release_steps.run_phase, settings, procfile, _schema(settings), ROOT),
            announce=partial(release_steps.announce_phase, procfile),
            after=[*after, stopper, runtime.tasks[RELEASE]],
        ),
        opts,
    )
    return [*after, gate.item]


def create_rollout_gate(
    settings: Settings,
    procfile: Procfile,
    ground: Ground,
    data: Data,
    balancer: Balancer,
    ledger: Ledger,
    runtime: Runtime,
    services: Mapping[str, Service],
    opts: pulumi.ResourceOptions,
) -> None:
    """The rollout, watched to its end: the update succeeds only when the new release serves.

    It waits for no reading of the notice: whoever updates is told while nothing has changed yet.
    """
    told = RollbackNoticeArgs(table_name=ledger.table_name)
    notice = RollbackNotice(settings.prefix, told, opts)
    Gate(
        f"{settings.prefix}-rollout",
        GateArgs(
            table_name=ledger.table_name,
            number=ROLLOUT_GATE,
            passes={name: service.deployment for name, service in services.items()},
            needs={
                "cluster": runtime.cluster.cluster_arn,
                "task_definitions": {n: task.definition_arn for n, task in runtime.tasks.items()},
                "service_names": {name: each.service_name for name, each in services.items()},
                "log_groups": {name: ground.logs.processes[name].name for name in services},
                "target_group_arns": {WEB: balancer.target_group_arn},
                "families": [task.family for task in runtime.tasks.values()],
                "repository_name": data.registry.repository_name,
                "registry_id": data.registry.registry_id,
                **_known_of_release(ledger, runtime),
            },
            work=partial(release_steps.watch_rollout, settings, procfile, _schema(settings), ROOT),
            announce=release_steps.announce_rollout,
            known={"rollback": notice.in_force},
            after=list(services.values()),
        ),
        opts,
    )


def _known_of_release(ledger: Ledger, runtime: Runtime) -> dict[str, pulumi.Output[str]]:
    return {
        "table_name": ledger.table_name,
        "image": runtime.image.reference,
        "configuration": runtime.configuration,
    }


def _schema(settings: Settings) -> str:
    """A digest of the migrations; empty where the settings name no folder, or it is not there."""
    folder = ROOT / settings.release.migrations_path
    if not settings.release.migrations_path or not folder.is_dir():
        return ""
    return image_content.folder_digest(folder)
