"""IAM logins to databases: PostgreSQL asks here, over LDAP, whether a token is valid."""

from __future__ import annotations

import logging
import socketserver

from ministack.core import rds_iam
from ministack.core.responses import request_scope

from emulated.server import database
from emulated.server.ldap_bind import BindRequest, NotABindError, bind_response, read_bind
from emulated.server.postgres_settings import LOGIN_PORT
from emulated.server.settings import ServerSettings

log = logging.getLogger(__name__)


def serve(_settings: ServerSettings) -> None:
    """Answer logins for ever: a thread's work."""
    with LoginServer(("0.0.0.0", LOGIN_PORT), Login) as server:  # noqa: S104 - asked by containers
        server.serve_forever()


class LoginServer(socketserver.ThreadingTCPServer):
    """One thread for each connection of a database server."""

    allow_reuse_address = True
    daemon_threads = True


class Login(socketserver.BaseRequestHandler):
    """The logins of one connection."""

    def handle(self) -> None:
        """Answer bind requests until the other side has no more."""
        data = b""
        while chunk := self.request.recv(65536):
            data += chunk
            try:
                request = read_bind(data)
            except IndexError:
                continue
            except NotABindError:
                return
            data = b""
            allowed = is_allowed(self.client_address[0], request)
            self.request.sendall(bind_response(request, allowed=allowed))


def is_allowed(server_address: str, request: BindRequest) -> bool:
    """Whether the token is one for this user at the database server that asks."""
    found = database.at_address(server_address)
    if found is None or not found[2].get("IAMDatabaseAuthenticationEnabled"):
        return False
    account, region, instance = found
    with request_scope(account, region):
        verdict = rds_iam.verify_rds_iam_token(
            request.password,
            hostname=instance["Endpoint"]["Address"],
            port=int(instance["Endpoint"]["Port"]),
            db_user=request.user,
            region=region,
            account_id=account,
        )
    allowed = isinstance(verdict, rds_iam.VerifiedRdsToken)
    name = instance["DBInstanceIdentifier"]
    log.info(
        "RDS: IAM login of %s to %s: %s", request.user, name, "ok" if allowed else verdict.code
    )
    return allowed
