"""A real SQS server for jobs, and a worker in a process of its own, as the image starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import boto3

from local.ports import HOST, free_port
from local.queues import LOGIN, READY
from tests.app.conftest import SECRET_KEY

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
NUMBERS = count(1)


class Broker:
    """The server of `make up`; `environment` leads an application to one queue of it."""

    def __init__(self) -> None:
        port = free_port()
        self.address = f"http://{HOST}:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.queue_server", str(port)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == READY, "no test could begin"
        self.client: Any = boto3.client(
            "sqs",
            endpoint_url=self.address,
            region_name=LOGIN["AWS_REGION"],
            aws_access_key_id=LOGIN["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=LOGIN["AWS_SECRET_ACCESS_KEY"],
        )

    def queue(self, visibility_seconds: int = 30, max_receives: int = 5) -> Queue:
        """Make a queue with another one for dead letters, as the stack does."""
        name = f"worker-{next(NUMBERS)}"
        dead = self.client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        (arn,) = self.client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])[
            "Attributes"
        ].values()
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": str(max_receives)})
        attributes = {"VisibilityTimeout": str(visibility_seconds), "RedrivePolicy": redrive}
        made = self.client.create_queue(QueueName=name, Attributes=attributes)
        return Queue(self, made["QueueUrl"], dead)

    def stop(self) -> None:
        self.client.close()
        self._process.kill()
        self._process.communicate()


class Queue:
    """One queue: how many jobs wait, and how many are with a worker."""

    def __init__(self, broker: Broker, url: str, dead_url: str) -> None:
        self._broker, self._dead_url = broker, dead_url
        self.environment = {
            "BROKER_URL": "sqs://",
            "QUEUE_URL_WORKER": url,
            "AWS_ENDPOINT_URL_SQS": broker.address,
            **LOGIN,
        }
        self.url = url

    def dead(self) -> int:
        """How many jobs were given up."""
        return sum(self._counts(self._dead_url))

    def counts(self) -> tuple[int, int]:
        return self._counts(self.url)

    def _counts(self, url: str) -> tuple[int, int]:
        states = ("", "Delayed", "NotVisible")
        names = [f"ApproximateNumberOfMessages{state}" for state in states]
        found = self._broker.client.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        waiting, delayed, taken = (int(found["Attributes"][name]) for name in names)
        return waiting + delayed, taken


class Destination(Protocol):
    """A queue of some broker: what leads an application to it, and what is in it."""

    @property
    def environment(self) -> dict[str, str]: ...

    def counts(self) -> tuple[int, int]:
        """How many jobs wait, and how many are with a worker."""


class Worker:
    """`python -m app worker`, with what it printed."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        queue: Destination,
        module: str = "app",
        **changes: str,
    ) -> None:
        self.folder = folder
        self.output = folder / f"worker-{next(NUMBERS)}"
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET_KEY,
            "ALIVE_FOLDER": str(folder),
            "THREADS": "1",
            **queue.environment,
        } | changes
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, "worker"],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        begun = time.monotonic()
        self.wait_for("ready.")
        self.start_seconds = time.monotonic() - begun

    def wait_for(self, text: str) -> None:
        eventually(lambda: text in self.output.read_text() or self.process.poll() is not None)
        assert text in self.output.read_text(), f"no {text!r} in {self.output.read_text()}"

    def stop(self) -> int:
        """Ask it to end as the platform does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """End it with its children, as the platform does when nothing else helps."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until the condition holds; AssertionError when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)
