"""A real SMTP server that keeps what it is sent, and answers as the test wants."""

from __future__ import annotations

import ssl
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from local.ports import HOST, free_port

LOGIN = ("polls", "p@ss:word")
ACCEPTED = "250 OK"


class SmtpServer:
    """The server; `answer_recipient` and `answer_data` are what it says to the next mails."""

    def __init__(
        self, *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.mails: list[EmailMessage] = []
        self.logins: list[tuple[str, str]] = []
        self.recipients: list[str] = []
        self.encrypted: list[bool] = []
        self.answer_recipient = self.answer_data = ACCEPTED
        options: dict[str, Any] = {"authenticator": self._log_in, "ssl_context": tls}
        if starttls is not None:
            options |= {"tls_context": starttls, "require_starttls": True}
        else:
            options |= {"auth_require_tls": False}
        self.port = free_port()
        self._controller = Controller(self, hostname=HOST, port=self.port, **options)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.answer_recipient == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return self.answer_recipient

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answer_data == ACCEPTED:
            content = cast("bytes", envelope.content)
            self.mails.append(message_from_bytes(content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
            transport = cast("Any", server.transport)
            encrypted = transport.get_extra_info("ssl_object") is not None
            self.encrypted.append(encrypted)
        return self.answer_data

    def _log_in(self, _server: Any, _session: Any, _env: Any, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        login = (given.login.decode(), given.password.decode())
        self.logins.append(login)
        return AuthResult(success=login == LOGIN, handled=False)
