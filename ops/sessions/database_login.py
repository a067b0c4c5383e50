"""Who logs in to the database, and what a client is told of it by libpq's variables."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from ops.problems import OpsError

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from ops.outputs import Outputs

# [RDS user guide, "IAM database authentication"]; open connections live on without it.
TOKEN_MINUTES = 15
READ_ONLY = "-c default_transaction_read_only=on"
# The roots of RDS, which the application trusts too.
CERTIFICATES = Path("app", "database", "certificates", "rds.pem")


@dataclass(frozen=True, kw_only=True)
class Login:
    """A role of the database and what proves it."""

    user: str
    password: str


@dataclass(frozen=True, kw_only=True)
class Route:
    """How this machine reaches the database: by `address` and `port`, whoever `host` is there.

    The certificate must be `host`'s; without `certificates` TLS is used and the server not checked.
    """

    host: str
    address: str
    port: int
    certificates: Path | None

    @property
    def sslmode(self) -> str:
        """Libpq's word for it."""
        return "verify-full" if self.certificates else "require"


def by_token(rds: RDSClient, outputs: Outputs) -> Login:
    """The application's role, by a token that your own credentials sign here."""
    token = rds.generate_db_auth_token(
        DBHostname=outputs.database_endpoint,
        Port=outputs.database_port,
        DBUsername=outputs.database_user,
    )
    return Login(user=outputs.database_user, password=token)


def as_owner(secrets: SecretsManagerClient, outputs: Outputs) -> Login:
    """The owner, by the password that RDS keeps in a secret; OpsError when it is not as RDS's."""
    text = secrets.get_secret_value(SecretId=outputs.database_secret_arn).get("SecretString", "")
    try:
        found = json.loads(text)
        return Login(user=str(found["username"]), password=str(found["password"]))
    except (ValueError, TypeError, KeyError):
        raise OpsError(
            f"The secret {outputs.database_secret_arn} does not hold the name and password of an "
            "owner as RDS writes them.\nSomebody has changed it; rotate it in the RDS console."
        ) from None


def certificates(root: Path, *, emulated: bool) -> Path | None:
    """What the server's certificate is checked with; None where RDS did not sign it."""
    path = root / CERTIFICATES
    return path if path.is_file() and not emulated else None


def variables(
    outputs: Outputs, login: Login, route: Route, *, program: str, writable: bool
) -> dict[str, str]:
    """The environment for a client of libpq, without what the person has set for others."""
    # A service file or a variable left from another database would win over ours.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {
        **kept,
        "PGHOST": route.host,
        "PGHOSTADDR": route.address,
        "PGPORT": str(route.port),
        "PGDATABASE": outputs.database_name,
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGSSLMODE": route.sslmode,
        **({"PGSSLROOTCERT": str(route.certificates)} if route.certificates else {}),
        "PGAPPNAME": program,
        "PGCONNECT_TIMEOUT": "15",
        "PGOPTIONS": "" if writable else READ_ONLY,
    }


def address_of(outputs: Outputs, route: Route, *, writable: bool) -> str:
    """The same as a URL, for any other client; without a password."""
    query: Mapping[str, str] = {
        "hostaddr": route.address,
        "sslmode": route.sslmode,
        **({"sslrootcert": str(route.certificates)} if route.certificates else {}),
        **({} if writable else {"options": READ_ONLY}),
    }
    return (
        f"postgresql://{quote(outputs.database_user, safe='')}@{route.host}:{route.port}/"
        f"{quote(outputs.database_name, safe='')}?{urlencode(query, quote_via=quote)}"
    )
