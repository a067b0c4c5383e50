"""A RabbitMQ server of its own, on free ports, with its data in a folder of the test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from amqp import Channel, Connection  # type: ignore[import-untyped]

from app.jobs.queue import QUEUE
from local.ports import HOST, free_port

START_SECONDS = 120
# Debian's command of that name takes another user and that user's folders.
PROGRAMS = os.pathsep.join(["/usr/lib/rabbitmq/bin", os.environ["PATH"], "/usr/sbin"])


class RabbitServer:
    """The server, with the Erlang programs that it needs."""

    def __init__(self, folder: Path) -> None:
        program, mapper = (
            shutil.which(name, path=PROGRAMS) for name in ("rabbitmq-server", "epmd")
        )
        if program is None or mapper is None:
            pytest.skip("there is no rabbitmq-server on this machine")
        self._folder, self._port, mapper_port = folder, free_port(), str(free_port())
        self.url = f"amqp://guest:guest@{HOST}:{self._port}//"
        settings = f"listeners.tcp.default = {HOST}:{self._port}\nlog.console = true\n"
        (folder / "rabbitmq.conf").write_text(settings)
        (folder / "plugins").write_text("[].")
        environment = os.environ | {
            "HOME": str(folder),
            "ERL_EPMD_PORT": mapper_port,
            "ERL_EPMD_ADDRESS": HOST,
            "RABBITMQ_NODENAME": f"test{self._port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
        }
        # Began by hand, so that it does not stay behind as the server's own would.
        commands = ([mapper, "-port", mapper_port, "-address", HOST], [program])
        with (folder / "output").open("wb") as output:
            self._processes = [
                subprocess.Popen(
                    command,
                    env=environment,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                for command in commands
            ]
        self._connection = self._connect()

    @property
    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": self.url}

    @property
    def channel(self) -> Channel:
        return self._connection.channel()

    def counts(self) -> tuple[int, int]:
        """Jobs that wait; those with a worker are only known to the server."""
        return self.length(QUEUE), 0

    def length(self, queue: str) -> int:
        """How many jobs wait in a queue."""
        return int(self.channel.queue_declare(queue, passive=True).message_count)

    def stop(self) -> None:
        self._connection.close()
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _connect(self) -> Connection:
        deadline = time.monotonic() + START_SECONDS
        while True:
            connection = Connection(f"{HOST}:{self._port}", connect_timeout=2)
            try:
                connection.connect()
            except OSError:
                output = (self._folder / "output").read_text()
                assert self._processes[1].poll() is None, output
                assert time.monotonic() < deadline, output
                time.sleep(0.5)
            else:
                return connection
