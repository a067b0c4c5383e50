"""Does the engine speak to the emulated registry without TLS?"""

from __future__ import annotations

from emulated.engine import Engine
from emulated.problems import EngineError

RULES_FILE = "registries.conf.d/50-flask-fargate-emulated.conf"


def check_registry(engine: Engine, aws_port: int) -> None:
    """EngineError when podman would ask the registry at localhost for TLS; says what to write.

    Docker takes every registry at a loopback address as one without TLS:
    https://docs.docker.com/reference/cli/dockerd/#insecure-registries
    """
    registry = f"localhost:{aws_port}"
    if not engine.is_podman or {registry, "localhost"} & engine.insecure_registries:
        return
    rules = f'[[registry]]\\nlocation = "{registry}"\\ninsecure = true\\n'
    raise EngineError(
        f"podman asks the cloud's registry, {registry}, for TLS, which it does not have.\n"
        "Let podman do without for that address (rootless podman: the same file under "
        "~/.config/containers, without sudo):\n"
        f"  printf '{rules}' | sudo tee /etc/containers/{RULES_FILE}\n"
        "and start again; where podman's API service runs without systemd, restart it first."
    )
