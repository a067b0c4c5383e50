"""All checks, in the order in which `doctor` tells them."""

from __future__ import annotations

from ops.checks import (
    addresses,
    alarms,
    backups,
    capacity,
    certificates,
    database,
    image,
    jobs,
    lock,
    login,
    mail,
    maintenance,
    names,
    outputs,
    processes,
    quotas,
    releases,
    rollout,
    secrets,
    settings,
    tools,
)

# Before all others: without it AWS answers nothing.
LOGIN = login.CHECK
OTHERS = tuple(
    module.CHECK
    for module in (
        tools,
        settings,
        lock,
        outputs,
        releases,
        processes,
        maintenance,
        rollout,
        image,
        database,
        capacity,
        backups,
        secrets,
        jobs,
        alarms,
        names,
        certificates,
        mail,
        quotas,
        addresses,
    )
)
CHECKS = (LOGIN, *OTHERS)
