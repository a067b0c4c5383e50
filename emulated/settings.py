"""Names, ports and folders of the emulated cloud, read once from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from emulated.problems import CloudError

ROOT = Path(__file__).resolve().parent.parent
REGION = "us-east-1"
ACCOUNT = "123456789012"
# Everything made in the engine carries this label; its value is the cloud's name.
LABEL = "flask-fargate.emulated"
# The folder that started the cloud, on what the life cycle itself makes.
FOLDER_LABEL = "flask-fargate.emulated.folder"
LOWEST_PORT, HIGHEST_PORT = 1024, 65535
# Docker's rule for names of containers, and room for the suffixes of tasks and volumes.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,40}")


@dataclass(frozen=True, kw_only=True)
class CloudSettings:
    """Where the cloud listens and what its parts are called.

    `http_port`, `https_port`: further ports on which balancers answer, 0 for none.
    `engine_host`: DOCKER_HOST as given, empty when the engine is to be found.
    `server_environment`, `pip_environment`: what the server and the package installer (index,
    proxies, certificates) are told beside the rest, as found in the environment.
    """

    # addresses
    aws_port: int = 4566
    moto_port: int = 4577
    http_port: int = 0
    https_port: int = 0
    # names and folders
    name: str = "flask-fargate-emulated"
    folder: Path = ROOT
    home: Path = Path("/nonexistent")
    runtime_dir: str = ""
    # engine
    engine_host: str = ""
    engine_context: str = ""
    engine_socket: str = ""
    # The environment of the server's packages; None is the one in the state folder.
    packages_folder: Path | None = None
    # pace
    start_timeout_seconds: int = 120
    # passed on
    server_environment: tuple[tuple[str, str], ...] = ()
    pip_environment: tuple[tuple[str, str], ...] = ()

    @property
    def state_dir(self) -> Path:
        """The folder for records, logs and the plain server's environment."""
        return self.folder / ".emulated"

    @property
    def packages_dir(self) -> Path:
        """The environment that the servers run in without containers."""
        return self.packages_folder or self.state_dir / "venv"

    @property
    def authority_file(self) -> Path:
        """The certificate to trust at the balancers' HTTPS port, where there is one."""
        return self.state_dir / "ca.pem"

    @property
    def endpoint_url(self) -> str:
        """The main address of the cloud."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def moto_url(self) -> str:
        """The address of the services that only keep records."""
        return f"http://127.0.0.1:{self.moto_port}"


SERVER_VARIABLES = (
    "EMULATED_DRAIN_CAP_SECONDS",
    "EMULATED_ENFORCE_POLICIES",
    "EMULATED_LOG_LEVEL",
    "EMULATED_SDK_DELAY_SECONDS",
    "EMULATED_TASK_CPU_LIMIT",
    "EMULATED_TLS_NAMES",
)
PIP_VARIABLES = (
    "PIP_CERT",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
    "PIP_TRUSTED_HOST",
    *(
        name
        for lower in ("http_proxy", "https_proxy", "no_proxy")
        for name in (lower.upper(), lower)
    ),
)


def read_settings(environment: Mapping[str, str], folder: Path = ROOT) -> CloudSettings:
    """Settings from the environment's variables.

    CloudError names the variable, what was given and what to write.
    """
    name = environment.get("EMULATED_NAME") or CloudSettings.name
    if not NAME.fullmatch(name):
        raise CloudError(
            f"EMULATED_NAME={name!r} cannot name containers: "
            "write 2 to 41 small letters, digits and hyphens."
        )
    aws_port = read_port(environment, "EMULATED_AWS_PORT", CloudSettings.aws_port)
    moto_port = read_port(environment, "EMULATED_MOTO_PORT", CloudSettings.moto_port)
    if aws_port == moto_port:
        raise CloudError(
            f"EMULATED_AWS_PORT and EMULATED_MOTO_PORT are both {aws_port}: "
            "write two different ports."
        )
    return CloudSettings(
        aws_port=aws_port,
        moto_port=moto_port,
        http_port=read_further_port(environment, "EMULATED_HTTP_PORT"),
        https_port=read_further_port(environment, "EMULATED_HTTPS_PORT"),
        name=name,
        folder=folder,
        home=Path(environment.get("HOME", "/nonexistent")),
        runtime_dir=environment.get("XDG_RUNTIME_DIR", ""),
        engine_host=environment.get("DOCKER_HOST", ""),
        engine_context=environment.get("DOCKER_CONTEXT", ""),
        engine_socket=environment.get("EMULATED_ENGINE_SOCKET", ""),
        start_timeout_seconds=read_seconds(environment),
        server_environment=tuple((n, environment[n]) for n in SERVER_VARIABLES if n in environment),
        pip_environment=tuple((n, environment[n]) for n in PIP_VARIABLES if environment.get(n)),
    )


def read_port(environment: Mapping[str, str], variable: str, default: int) -> int:
    """One port of the environment; CloudError when it is not a port that needs no privileges."""
    text = environment.get(variable) or str(default)
    return parse_port(variable, text, LOWEST_PORT)


def read_further_port(environment: Mapping[str, str], variable: str) -> int:
    """A port that may be left out (0); here 80 and 443 are allowed."""
    return parse_port(variable, environment.get(variable) or "0", 0)


def parse_port(variable: str, text: str, lowest: int) -> int:
    """A port number from its text; CloudError names the variable."""
    if not text.isdecimal() or not lowest <= int(text) <= HIGHEST_PORT:
        raise CloudError(
            f"{variable}={text!r} is not a port: write a number from {lowest} to {HIGHEST_PORT}."
        )
    return int(text)


def read_seconds(environment: Mapping[str, str]) -> int:
    """EMULATED_START_TIMEOUT_SECONDS, at least 5."""
    given = environment.get("EMULATED_START_TIMEOUT_SECONDS")
    text = given or str(CloudSettings.start_timeout_seconds)
    if not text.isdecimal() or int(text) < 5:
        raise CloudError(
            f"EMULATED_START_TIMEOUT_SECONDS={text!r}: write whole seconds, 5 or more."
        )
    return int(text)
