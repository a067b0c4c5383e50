"""What the emulated AWS is told from outside, read once into one frozen object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

# Where a container of ECS asks for its role's credentials; fixed in every AWS SDK.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
CREDENTIALS_ADDRESS = "169.254.170.2"
PREFIX = "EMULATED_"


class ServerSettingsError(Exception):
    """A variable of the environment holds a value that the server cannot use."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Settings of the two processes of the emulated AWS.

    The variable of a field is its name in capitals behind ``EMULATED_``: ``EMULATED_AWS_PORT``,
    ``EMULATED_STATE_DIR``. Booleans are written ``true`` or ``false``.
    """

    # addresses
    bind_host: str = "127.0.0.1"
    aws_port: int = 4566
    moto_port: int = 4577
    # Where balancers answer beside `aws_port`; 0: no such listener.
    http_port: int = 0
    https_port: int = 0
    # Further names in the balancers' certificate, separated by spaces.
    tls_names: str = ""
    # Host and port of every repository's address; localhost needs neither TLS nor login.
    registry_host: str = "localhost:4566"

    # identity
    account_id: str = "123456789012"
    region: str = "us-east-1"
    enforce_policies: bool = False

    # containers: without them tasks, databases and caches are records
    containers: bool = False
    network: str = ""
    # Name or id of the container in which this process runs, looked up for its network.
    gateway_container: str = ""
    # Where tasks find their credentials and metadata, at port 80.
    server_address: str = CREDENTIALS_ADDRESS
    # Begins the names and is the label of everything made in the container engine.
    name_prefix: str = "flask-fargate"
    engine_timeout_seconds: int = 120
    task_cpu_limit: bool = True
    # Nested and rootless engines refuse a task more open files than they have themselves.
    open_files_cap: int = 1024

    # files
    state_dir: Path = Path(".emulated")

    # pace
    sdk_delay_seconds: float = 0.01
    drain_cap_seconds: float = 10.0
    log_level: str = "INFO"

    @property
    def snapshot_dir(self) -> Path:
        """Where the contents of database snapshots lie."""
        return self.state_dir.resolve() / "snapshots"

    @property
    def tls_dir(self) -> Path:
        """Where the local authority and the balancers' certificate lie."""
        return self.state_dir.resolve() / "tls"


def read_settings(environment: Mapping[str, str]) -> ServerSettings:
    """Settings from the variables of an environment.

    ServerSettingsError lists every variable that cannot be read, and what it may hold.
    """
    given: dict[str, object] = {}
    problems: list[str] = []
    for field in fields(ServerSettings):
        variable = PREFIX + field.name.upper()
        if (text := environment.get(variable)) is None:
            continue
        try:
            given[field.name] = parse_value(text, field.default)
        except ValueError as allowed:
            problems.append(f"{variable}: {text!r} given, {allowed} allowed")
    if problems:
        raise ServerSettingsError("\n".join(problems))
    given.setdefault("gateway_container", environment.get("HOSTNAME", ""))
    given.setdefault("registry_host", f"localhost:{given.get('aws_port', ServerSettings.aws_port)}")
    return ServerSettings(**given)  # type: ignore[arg-type]


def parse_value(text: str, default: object) -> object:
    """The text of a variable as a value of its default's type; ValueError says what is allowed."""
    if isinstance(default, bool):
        if text not in ("true", "false"):
            raise ValueError("true or false")
        return text == "true"
    if isinstance(default, int | float):
        try:
            return type(default)(text)
        except ValueError:
            raise ValueError("a number") from None
    return Path(text) if isinstance(default, Path) else text


def ministack_environment(settings: ServerSettings) -> dict[str, str]:
    """The variables that ministack reads when it is imported."""
    state = settings.state_dir.resolve()
    variables = {
        "AUTH": str(settings.enforce_policies).lower(),
        "BIND_HOST": settings.bind_host,
        "DOCKER_NETWORK": settings.network,
        "GATEWAY_PORT": str(settings.aws_port),
        "HOSTNAME": settings.gateway_container,
        # Listeners of services that the project does not use.
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": settings.log_level,
        "MINISTACK_ACCOUNT_ID": settings.account_id,
        "MINISTACK_DOCKER_TIMEOUT": str(settings.engine_timeout_seconds),
        # Part of the label by which ministack knows its own containers again.
        "MINISTACK_HOSTNAME": settings.name_prefix,
        "MINISTACK_REGION": settings.region,
        "RDS_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(state / "records"),
        "TMPDIR": str(state / "tmp"),
    }
    if not settings.containers:
        # An engine that happens to run on this machine must not be touched.
        variables["DOCKER_HOST"] = f"unix://{state}/no-container-engine.sock"
    return variables


def moto_environment(settings: ServerSettings) -> dict[str, str]:
    """The variables that moto reads when it is imported."""
    return {"MOTO_ACCOUNT_ID": settings.account_id, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
