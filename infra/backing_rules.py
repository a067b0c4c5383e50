"""Rules of queues, broker, storage, cache and mail."""

from collections.abc import Iterator, Mapping

from infra.backing_sections import (
    VISIBILITY_MARGIN_SECONDS,
    Broker,
    Cache,
    Mail,
    Queue,
    Storage,
)
from infra.problems import Problem
from infra.process_sections import Process
from infra.sections import DomainName, Safeguards

DAY_SECONDS = 86_400
RABBITMQ = "rabbitmq"
# Amazon MQ closes a consumer's connection that holds a message for longer [Amazon MQ developer
# guide, "Configurable values": consumer_timeout].
LONGEST_RABBITMQ_JOB_SECONDS = 1800


def queues_are_those_of_processes(
    queues: Mapping[str, Queue], processes: Mapping[str, Process]
) -> Iterator[Problem]:
    """A queue belongs to a process that empties it."""
    for name in queues:
        if name not in processes:
            known = ", ".join(processes) or "none"
            yield Problem(
                f"queues.{name}",
                "a queue",
                f"only processes have one, and there are {known}",
                f"nothing: remove {name}",
            )


def jobs_are_tried_before_they_are_dropped(queues: Mapping[str, Queue]) -> Iterator[Problem]:
    """All tries of the longest job fit into the time that a queue keeps it.

    A job that is dropped before its last try never becomes a dead letter: nobody learns of it.
    """
    for name, queue in queues.items():
        one_try = queue.longest_job_seconds + VISIBILITY_MARGIN_SECONDS
        kept = queue.retention_days * DAY_SECONDS
        if queue.max_receives * one_try > kept:
            yield Problem(
                f"queues.{name}.max-receives",
                str(queue.max_receives),
                f"so many tries of {one_try} s each as fit into retention-days ({kept} s) are "
                "allowed, else a job is dropped before its last one",
                str(kept // one_try),
            )


def rabbitmq_can_be_made(broker: Broker) -> Iterator[Problem]:
    """The instance class goes with the version and the number of nodes.

    [Amazon MQ developer guide, "Managing Amazon MQ for RabbitMQ engine versions" and "Broker
    instance types"]
    """
    if broker.kind != RABBITMQ:
        return
    given, family = f'"{broker.instance_class}"', broker.instance_class.split(".")[1]
    if broker.engine_version == "4.2" and family != "m7g":
        yield Problem(
            "broker.instance-class", given, "RabbitMQ 4.2 runs on mq.m7g only", "mq.m7g.medium"
        )
    elif broker.multi_az and family == "t3":
        yield Problem(
            "broker.instance-class",
            given,
            "a cluster (multi-az) runs on mq.m5 or mq.m7g",
            "mq.m7g.medium",
        )


def rabbitmq_waits_for_jobs(broker: Broker, queues: Mapping[str, Queue]) -> Iterator[Problem]:
    """RabbitMQ takes a message back that is not answered within half an hour."""
    if broker.kind != RABBITMQ:
        return
    longest = LONGEST_RABBITMQ_JOB_SECONDS - VISIBILITY_MARGIN_SECONDS
    for name, queue in queues.items():
        if queue.longest_job_seconds > longest:
            yield Problem(
                f"queues.{name}.longest-job-seconds",
                str(queue.longest_job_seconds),
                f"{longest} or less is allowed with broker.kind rabbitmq, which cuts the "
                f"connection of whoever holds a message for {LONGEST_RABBITMQ_JOB_SECONDS} s",
                str(longest),
            )


def rabbitmq_scales_nothing(
    broker: Broker, queues: Mapping[str, Queue], processes: Mapping[str, Process]
) -> Iterator[Problem]:
    """A process is scaled by its SQS queue; RabbitMQ's queues are not measured."""
    if broker.kind != RABBITMQ:
        return
    for name, process in processes.items():
        if name in queues and process.min_tasks != process.max_tasks:
            yield Problem(
                f"processes.{name}.max-tasks",
                str(process.max_tasks),
                f"as many as min-tasks ({process.min_tasks}), one at least, are allowed with "
                "broker.kind rabbitmq, as only SQS queues scale a process",
                str(max(1, process.min_tasks)),
            )


def mail_comes_from_the_zone(
    mail: Mail, domain: DomainName, safeguards: Safeguards
) -> Iterator[Problem]:
    """The records that prove the sender's domain go into the stack's zone.

    Where a domain is required, another rule says that it is missing.
    """
    if not mail.enabled:
        return
    sender, zone = mail.from_address.rpartition("@")[2], domain.zone_name
    if not domain.name and not safeguards.https_required:
        yield Problem(
            "mail.enabled",
            "true",
            "mail needs a domain (domain.name), whose zone takes the records that prove it",
            "false",
        )
    elif zone and sender != zone and not sender.endswith(f".{zone}"):
        yield Problem(
            "mail.from-address",
            f'"{mail.from_address}"',
            f"addresses of {zone} and of names below it are allowed",
            f"no-reply@{zone}",
        )


def protected_files_stay(safeguards: Safeguards, storage: Storage) -> Iterator[Problem]:
    """A protected stack does not lose its users' files by a single setting."""
    if safeguards.protect and storage.force_destroy:
        yield Problem(
            "storage.force-destroy",
            "true",
            "false is allowed while safeguards.protect is on",
            "false",
        )


def backing_survives_a_zone(
    safeguards: Safeguards, cache: Cache, broker: Broker
) -> Iterator[Problem]:
    """With redundancy required, cache and broker have nodes in more than one zone."""
    if not safeguards.redundancy_required:
        return
    reason = "while safeguards.redundancy-required is on, as a zone may fail"
    if cache.enabled and not cache.replicas:
        yield Problem("cache.replicas", "0", f"1 or more is allowed {reason}", "1")
    if broker.kind == RABBITMQ and not broker.multi_az:
        yield Problem("broker.multi-az", "false", f"true is allowed {reason}", "true")


BACKING_RULES = (
    queues_are_those_of_processes,
    jobs_are_tried_before_they_are_dropped,
    rabbitmq_can_be_made,
    rabbitmq_waits_for_jobs,
    rabbitmq_scales_nothing,
    mail_comes_from_the_zone,
    protected_files_stay,
    backing_survives_a_zone,
)
