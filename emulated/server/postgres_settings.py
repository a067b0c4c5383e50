"""A parameter group of RDS as PostgreSQL takes it: settings, roles and rules of access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Where PostgreSQL asks whether an IAM token is valid.
LOGIN_PORT = 3890
# From this major version on RDS refuses connections without TLS unless told otherwise.
FORCED_TLS_SINCE = 15
# Parameters of RDS itself, and those that would break the container's own set-up.
IGNORED_PARAMETERS = (
    "rds.",
    "apg_",
    "shared_preload_libraries",
    "ssl_",
    "data_directory",
    "log_directory",
    "log_destination",
    "logging_collector",
    "archive_",
)
BEGIN, END = "# BEGIN emulated RDS", "# END emulated RDS"
ROLES = ("rds_iam", "rds_superuser")
# RDS's own superuser.
ADMIN = "rdsadmin"
# What rds_superuser may do, on RDS as here.
RIGHTS = ("pg_monitor", "pg_signal_backend")
# Puts the lines in /tmp/hba before the file's own, in place of those put there before.
INSERT_ACCESS_RULES = f"""
sed -i '/^{BEGIN}/,/^{END}/d' "$PGDATA/pg_hba.conf" &&
cat /tmp/hba "$PGDATA/pg_hba.conf" > /tmp/hba.new &&
cat /tmp/hba.new > "$PGDATA/pg_hba.conf"
"""


def server_parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Those of a parameter group that the server itself takes; formulas are left out."""
    return {
        name: str(value)
        for name, value in values.items()
        if not name.startswith(IGNORED_PARAMETERS)
        and "{" not in str(value)
        and re.fullmatch(r"[a-z_.]+", name)
    }


def configuration_sql(values: Mapping[str, Any]) -> str:
    """The script that makes the roles of RDS and sets a parameter group's values."""
    role = "DO $$ BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
    lines = [role.format(name) for name in ROLES]
    for name, value in server_parameters(values).items():
        quoted = value.replace("'", "''")
        lines.append(f"ALTER SYSTEM SET {name} = '{quoted}';")
    return "\n".join(lines) + "\n"


def owner_sql(owner: str, password: str, database: str) -> str:
    """The script that makes a database's owner (master user), for a server that has none yet.

    It may make roles and databases, and give away what is RDS's to give, but is no superuser.
    """
    role, secret = f'"{owner}"', password.replace("'", "''")
    return f"""
DO $$ BEGIN
  CREATE ROLE {role} LOGIN CREATEDB CREATEROLE PASSWORD '{secret}';
EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT {", ".join(RIGHTS)} TO rds_superuser WITH ADMIN OPTION;
GRANT {", ".join(ROLES)} TO {role} WITH ADMIN OPTION;
ALTER DATABASE "{database}" OWNER TO {role};
"""


def access_rules(values: Mapping[str, Any], major: int, login_address: str, owner: str) -> str:
    """Lines of pg_hba.conf: IAM users by token, TLS forced as the parameter group says.

    The owner can give rds_iam to others and so has it, but logs in by password.
    """
    default = "1" if major >= FORCED_TLS_SINCE else "0"
    forced = str(values.get("rds.force_ssl", default)) in ("1", "on", "true")
    login = f'ldapserver={login_address} ldapport={LOGIN_PORT} ldapprefix="" ldapsuffix=""'
    by_password = f'hostssl all "{owner}" all scram-sha-256'
    by_token = f"hostssl all +rds_iam all ldap {login}"
    lines = [BEGIN, "local all all trust", by_password, by_token]
    if forced:
        lines += ["host all all 127.0.0.1/32 scram-sha-256", "hostnossl all all all reject"]
    return "\n".join([*lines, END]) + "\n"
