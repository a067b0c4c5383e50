"""How a mail is put together: plain text, one recipient, headers that nobody can add to."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from uuid import uuid4

from app.config import Config

# Who sends where nothing is really sent: `console:` needs no MAIL_FROM.
NOBODY = "app@localhost"


def compose(config: Config, *, key: str, recipient: str, subject: str, body: str) -> EmailMessage:
    """A mail to one person; `key` makes the Message-ID, so that a mail sent twice can be told.

    ValueError when an address is none, or when it or the subject holds a line break.
    """
    message = EmailMessage()
    message["Message-ID"] = message_id(config, key)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = subject
    message.set_content(body)
    return complete(config, message)


def complete(config: Config, message: EmailMessage) -> EmailMessage:
    """Add the headers that every mail has, where they are missing."""
    headers = {
        "From": sender(config),
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": message_id(config, uuid4().hex),
        # No holiday notes in return [RFC 3834 5].
        "Auto-Submitted": "auto-generated",
    }
    for name, value in headers.items():
        if name not in message:
            message[name] = value
    return message


def sender(config: Config) -> str:
    """The sender as a header."""
    return config.mail_from or NOBODY


def sender_address(config: Config) -> str:
    """The sender's address alone."""
    return parseaddr(sender(config))[1]


def message_id(config: Config, key: str) -> str:
    """The same for the same key, and tells nothing of it."""
    domain = sender_address(config).rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"
