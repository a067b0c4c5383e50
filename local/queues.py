"""Queues for jobs on this machine: SQS in memory, so what is not done ends with the run."""

import os
import sys
import threading
from collections.abc import Iterable

from local.console import Console
from local.ports import HOST, free_port
from local.processes import Processes

NAME = "sqs"
READY = "ready"
READY_SECONDS = 60.0
# As in the stack: a job is given to nobody else until its limit is over for sure.
JOB_LIMIT_SECONDS = 60
VISIBILITY_SECONDS = 2 * JOB_LIMIT_SECONDS
# After so many tries a job is a dead letter.
MAX_RECEIVES = 5
# moto's own account. Any login will do, and the region stands in no address of a queue.
ACCOUNT = "123456789012"
LOGIN = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1"}


class Queues:
    """The server with a queue for each process that may take jobs; stopped with the processes."""

    def __init__(self, names: Iterable[str], processes: Processes, console: Console) -> None:
        """Begin to start it, beside what takes longer."""
        self._names = tuple(names)
        self._processes = processes
        self._console = console
        self._ready = threading.Event()
        self._address = f"http://{HOST}:{(port := free_port())}"
        command = [sys.executable, "-m", "local.queue_server", str(port), *self._names]
        processes.start(NAME, command, os.environ, self._read, needed=True)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the application's processes find their queues."""
        found = {"BROKER_URL": "sqs://", "AWS_ENDPOINT_URL_SQS": self._address, **LOGIN}
        for name in self._names:
            suffix = name.upper().replace("-", "_")
            found[f"QUEUE_URL_{suffix}"] = f"{self._address}/{ACCOUNT}/{name}"
            found[f"JOB_LIMIT_SECONDS_{suffix}"] = str(JOB_LIMIT_SECONDS)
        return found

    def wait(self) -> None:
        """Return when the queues can be used; LocalError when they do not come."""
        self._processes.wait_until(NAME, self._ready.is_set, READY_SECONDS)

    def _read(self, line: str) -> None:
        if line == READY:
            self._ready.set()
        else:
            self._console.write(NAME, line)
