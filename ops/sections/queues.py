"""Jobs that wait, and jobs that nobody could do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ops import metrics
from ops.metrics import Metric
from ops.releases.history import age
from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sqs import SQSClient

    from ops.outputs import Outputs

# Whoever waits that long waits for a process that does not work.
OLDEST_SECONDS = 3600
_SPAN = timedelta(minutes=15)


def section(
    sqs: SQSClient, cloudwatch: CloudWatchClient, outputs: Outputs, now: datetime
) -> Section:
    """Each queue's depth and age; wrong with dead letters, or when nobody empties it."""
    if not outputs.queue_urls:
        return Section(state="told", text="none of SQS")
    oldest = metrics.read(cloudwatch, _ages(outputs), _SPAN, now)
    facts = {
        name: {
            **_depth(sqs, url),
            "oldest_seconds": max(oldest[name][:1], default=0),
            "dead_letters": _depth(sqs, outputs.dead_letter_urls[name])["waiting"],
        }
        for name, url in outputs.queue_urls.items()
    }
    is_wrong = any(
        each["dead_letters"] or (each["waiting"] and each["oldest_seconds"] > OLDEST_SECONDS)
        for each in facts.values()
    )
    text = "; ".join(_line(name, each) for name, each in facts.items())
    return Section(state=judged(is_wrong), text=text, facts=facts)


def _depth(sqs: SQSClient, url: str) -> dict[str, int]:
    found = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )["Attributes"]
    return {
        "waiting": int(found.get("ApproximateNumberOfMessages", 0))
        + int(found.get("ApproximateNumberOfMessagesDelayed", 0)),
        "taken": int(found.get("ApproximateNumberOfMessagesNotVisible", 0)),
    }


def _ages(outputs: Outputs) -> dict[str, Metric]:
    return {
        process: Metric(
            namespace="AWS/SQS",
            name="ApproximateAgeOfOldestMessage",
            dimensions={"QueueName": name},
            statistic="Maximum",
        )
        for process, name in outputs.queue_names.items()
    }


def _line(name: str, found: dict[str, Any]) -> str:
    said = [f"{name} {found['waiting']} waiting, {found['taken']} being done"]
    if found["waiting"] and found["oldest_seconds"]:
        said.append(f"the oldest for {age(found['oldest_seconds'])}")
    dead = found["dead_letters"]
    said.append(f"{dead} given up as dead letters" if dead else "no dead letters")
    return ", ".join(said)
