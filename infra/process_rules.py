"""Rules of processes and of the application's environment."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from infra import checks
from infra.connections import allowed_connections, instance_memory_gib
from infra.problems import Problem, RejectedError
from infra.process_sections import Process, Release
from infra.procfile import CONSOLE, Procfile
from infra.sections import Autoscaling, Database, Service
from infra.variables import KNOWN_WHILE_PLANNING, reserved

# Parts of the stack with a log group of their own: infra.components.logs; and its own task.
OTHER_PARTS = (CONSOLE, "exec", "flow", "insights", "maintenance", "waf")
MOST_SECRET_BYTES = 65_536


def processes_are_those_of_the_procfile(
    processes: Mapping[str, Process], procfile: Procfile
) -> Iterator[Problem]:
    """Every line but `web` and `release` has settings, and nothing else has."""
    named = {process.name for process in procfile.jobs}
    for name in sorted(named - processes.keys()):
        yield Problem(
            f"processes.{name}",
            "nothing",
            f"the Procfile has a line `{name}:`, so its size and number are needed",
            "a block with the keys of the other processes, or take the line out of the Procfile; "
            "the block stands",
        )
    for name in sorted(processes.keys() - named):
        known = ", ".join(sorted(named)) or "none"
        yield Problem(
            f"processes.{name}",
            "a block",
            f"only processes of the Procfile are allowed (it has {known})",
            f"nothing: remove {name}, or write a line `{name}: command` into the Procfile; "
            "nothing stands",
        )


def process_names_are_free(processes: Mapping[str, Process]) -> Iterator[Problem]:
    """A process has a log group and tasks of its name, as other parts of the stack have."""
    for name in sorted(processes.keys() & set(OTHER_PARTS)):
        yield Problem(
            f"processes.{name}",
            "a block",
            f"names other than {', '.join(OTHER_PARTS)} are allowed, which the stack has already",
            f"{name}-jobs instead, in the Procfile too; it stands",
        )


def process_sizes_exist(processes: Mapping[str, Process], release: Release) -> Iterator[Problem]:
    """CPU and memory are a pair that Fargate offers."""
    sizes: dict[str, Process | Release] = {
        "release": release,
        **{f"processes.{name}": process for name, process in processes.items()},
    }
    for key, size in sizes.items():
        try:
            checks.fargate_pair(size.cpu_units, size.memory_mib)
        except RejectedError as refusal:
            yield Problem(f"{key}.memory-mib", str(size.memory_mib), refusal.allowed, refusal.write)


def process_counts_fit(
    processes: Mapping[str, Process], queues: Mapping[str, Any]
) -> Iterator[Problem]:
    """Only what has a queue can be scaled by it, and be woken from zero."""
    for name, process in processes.items():
        key = f"processes.{name}"
        if process.min_tasks > process.max_tasks:
            yield Problem(
                f"{key}.min-tasks",
                str(process.min_tasks),
                f"at most max-tasks ({process.max_tasks}) is allowed",
                str(process.max_tasks),
            )
        elif name not in queues and not process.min_tasks:
            yield Problem(
                f"{key}.min-tasks",
                "0",
                "1 or more is allowed without a queue, as nothing would ever start it",
                "1",
            )
        elif name not in queues and process.min_tasks != process.max_tasks:
            yield Problem(
                f"{key}.max-tasks",
                str(process.max_tasks),
                f"without a queue as many as min-tasks ({process.min_tasks}) are allowed, as "
                "nothing would scale it",
                str(process.min_tasks),
            )


def variables_are_free(config: Mapping[str, str], secrets: Mapping[str, Any]) -> Iterator[Problem]:
    """No variable that the stack sets itself, and none twice."""
    for section, names in (("config", config), ("secrets", secrets)):
        for name in names:
            if reserved(name):
                yield Problem(
                    f"{section}.{name}",
                    "a variable that the stack sets itself",
                    "other names are allowed",
                    f"APP_{name} and read that in the application, or nothing",
                )
    for name in sorted(config.keys() & secrets.keys()):
        yield Problem(
            f"config.{name}",
            "a variable that stands under secrets too",
            "each name once is allowed",
            "nothing: remove it here, or there; nothing stands",
        )


def secrets_fit_together(secrets: Mapping[str, SecretStr]) -> Iterator[Problem]:
    """All of them are kept as one, which has a size [Secrets Manager API, PutSecretValue]."""
    values = {name: value.get_secret_value() for name, value in secrets.items()}
    size = len(json.dumps(values).encode())
    if size > MOST_SECRET_BYTES:
        yield Problem(
            "secrets",
            f"{size} bytes",
            f"at most {MOST_SECRET_BYTES} bytes, names and quotes counted, are allowed",
            "fewer or shorter ones",
        )


def commands_have_their_variables(
    procfile: Procfile, config: Mapping[str, str]
) -> Iterator[Problem]:
    """A command is made of words before it is started: its variables are known by then."""
    known = {*KNOWN_WHILE_PLANNING, *config}
    for process in procfile.processes:
        for name in sorted(process.variables - known):
            yield Problem(
                f"config.{name}",
                "nothing",
                f"the Procfile's `{process.name}:` uses ${name}, so a value is needed",
                "a text",
            )


def roles_of_the_database_differ(database: Database) -> Iterator[Problem]:
    """The application is not the owner: it could drop what it only uses."""
    if database.app_user == database.owner_name:
        yield Problem(
            "database.app-user",
            f'"{database.app_user}"',
            "another name than owner-name is allowed, as the owner has a password",
            f"{database.owner_name[:12]}_app",
        )


def connections_suffice(
    database: Database,
    service: Service,
    autoscaling: Autoscaling,
    processes: Mapping[str, Process],
) -> Iterator[Problem]:
    """All tasks of all processes, twice during a rollout, can have their connections at once."""
    try:
        allowed = allowed_connections(database.instance_class) - database.reserved_connections
    except RejectedError as refusal:
        yield Problem(
            "database.instance-class",
            f'"{database.instance_class}"',
            refusal.allowed,
            refusal.write,
        )
        return
    taken = {name: each.max_tasks * each.threads for name, each in processes.items()}
    others = sum(taken.values())
    needed = (autoscaling.max_tasks * service.threads + others) * 2
    if needed <= allowed:
        return
    said = f"x 2 during a rollout = {needed} connections)"
    memory = instance_memory_gib(database.instance_class)
    leaves = f"{database.instance_class} ({memory} GiB) leaves {max(allowed, 0)} connections"
    web_tasks = (allowed // 2 - others) // service.threads
    if web_tasks < 1 and others:
        # Even a single web task would be too many.
        largest = max(taken, key=lambda name: taken[name])
        yield Problem(
            f"processes.{largest}.max-tasks",
            f"{processes[largest].max_tasks} (x {processes[largest].threads} threads, and those of "
            f"web and others, {said}",
            leaves,
            "fewer, or a larger database.instance-class",
        )
    else:
        yield Problem(
            "autoscaling.max-tasks",
            f"{autoscaling.max_tasks} (x {service.threads} threads, and {others} of other "
            f"processes, {said}",
            leaves,
            f"{max(1, web_tasks)}, or a larger database.instance-class",
        )


PROCESS_RULES: list[Callable[..., Iterator[Problem]]] = [
    connections_suffice,
    processes_are_those_of_the_procfile,
    process_names_are_free,
    process_sizes_exist,
    process_counts_fit,
    variables_are_free,
    secrets_fit_together,
    commands_have_their_variables,
    roles_of_the_database_differ,
]
