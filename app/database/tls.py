"""How much a connection demands of TLS: one word for Postgres and for MySQL.

`sslmode` is libpq's: disable, prefer (TLS where the server offers it), require (TLS, whoever the
server is), verify-ca (a server that a trusted certificate speaks for), verify-full (and of that
name).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL

# The roots of RDS: app/database/certificates/README.md.
BUNDLE = Path(__file__).parent / "certificates" / "rds.pem"
VERIFIED = frozenset({"verify-ca", "verify-full"})


def tls_arguments(url: URL, trusted: Path | None) -> dict[str, Any]:
    """What the driver is told beside the address; `trusted` replaces the certificates of RDS."""
    mode = str(url.query.get("sslmode", "prefer"))
    certificates = str(url.query.get("ssl_ca") or trusted or BUNDLE)
    if url.get_backend_name() == "postgresql":
        # libpq reads `sslmode` in the address itself, and `sslrootcert` if it is there.
        own = mode not in VERIFIED or "sslrootcert" in url.query
        return {} if own else {"sslrootcert": certificates}
    return _mysql(mode, certificates)


def without_sslmode(url: URL) -> URL:
    """The address as MySQL's driver takes it: it does not know that word."""
    mysql = url.get_backend_name() != "postgresql"
    return url.difference_update_query(["sslmode"]) if mysql else url


def _mysql(mode: str, certificates: str) -> dict[str, Any]:
    if mode == "disable":
        return {"ssl_disabled": True}
    if mode == "require":
        return {"ssl": {"check_hostname": False, "verify_mode": "none"}}
    if mode in VERIFIED:
        return {
            "ssl_ca": certificates,
            "ssl_verify_cert": True,
            "ssl_verify_identity": mode == "verify-full",
        }
    return {}  # the driver prefers TLS by itself
