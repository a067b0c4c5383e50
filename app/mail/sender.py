"""Sends a mail at once, by SMTP, by SES or to the log, as MAIL_URL says."""

from __future__ import annotations

import logging
import re
import ssl
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from functools import cache
from smtplib import (
    SMTP,
    SMTP_SSL,
    SMTPDataError,
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
)
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from app.config import Config
from app.mail.message import complete, sender_address

# For each word with the server: a mail that hangs holds a worker's process up.
TIMEOUT_SECONDS = 10
SUBMISSION_PORT, SUBMISSIONS_PORT = 587, 465
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
# What SES says of one mail; everything else may pass [SES API v2, SendEmail].
SES_REFUSALS = frozenset({"BadRequestException", "MessageRejected"})
# A status of RFC 3463, such as 5.1.1: all that may be repeated of what a server says, as the rest
# can hold the address.
STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
log = logging.getLogger(__name__)


class MailError(Exception):
    """The mail is not sent; the message holds no address.

    `permanent`: the server refuses this mail for good, so that it makes no sense to try again.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(reason)


def send_now(config: Config, message: EmailMessage) -> None:
    """Send `message`, adding sender, date and id where they are missing; else MailError.

    Takes as long as the server, at most some times TIMEOUT_SECONDS.
    """
    if config.mail_url is None:
        raise MailError("mail is off: set MAIL_URL")
    url = urlsplit(config.mail_url.get_secret_value())
    complete(config, message)
    if url.scheme == "console":
        log.info("Mail, not sent but shown:\n%s", shown(message))
    elif url.scheme == "ses":
        _by_ses(url.netloc, config, message)
    else:
        _by_smtp(url, config, message)


def shown(message: EmailMessage) -> str:
    """The mail as a person reads it."""
    headers = "\n".join(f"{name}: {message[name]}" for name in ("From", "To", "Subject"))
    return f"{headers}\n\n{message.get_content()}"


def _by_smtp(url: SplitResult, config: Config, message: EmailMessage) -> None:
    try:
        with _connect(url, config) as server:
            server.send_message(message, from_addr=sender_address(config))
    except SMTPRecipientsRefused as error:
        ((code, said),) = list(error.recipients.values())[:1]
        raise _refusal("the recipient", code, said) from None
    except SMTPDataError as error:
        raise _refusal("the mail", error.smtp_code, error.smtp_error) from None
    except SMTPNotSupportedError as error:
        raise MailError(f"the mail server cannot do it: {error}") from None
    except (SMTPException, OSError) as error:
        raise MailError(f"no mail server took it ({type(error).__name__})") from None


def _connect(url: SplitResult, config: Config) -> SMTP:
    """A connection that is encrypted, unless the server is this machine or `?tls=off` says so."""
    host, named = url.hostname or "", config.domain or "localhost"
    trusted = ssl.create_default_context()
    server: SMTP
    if url.scheme == "smtps":
        port = url.port or SUBMISSIONS_PORT
        server = SMTP_SSL(host, port, named, timeout=TIMEOUT_SECONDS, context=trusted)
    else:
        server = SMTP(host, url.port or SUBMISSION_PORT, named, timeout=TIMEOUT_SECONDS)
    try:
        if url.scheme == "smtp" and not _in_the_clear(url):
            server.starttls(context=trusted)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _in_the_clear(url: SplitResult) -> bool:
    return url.hostname in THIS_MACHINE or parse_qs(url.query).get("tls") == ["off"]


def _refusal(what: str, code: int, said: bytes | str) -> MailError:
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    status = STATUS.search(text)
    detail = f"{code} {status.group()}" if status else str(code)
    return MailError(f"the mail server refused {what}: {detail}", permanent=code >= 500)


def _by_ses(region: str, config: Config, message: EmailMessage) -> None:
    # Only who sends by SES pays for this import.
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _ses(region).send_email(
            FromEmailAddress=sender_address(config),
            Destination={"ToAddresses": [message["To"].addresses[0].addr_spec]},
            Content={"Raw": {"Data": message.as_bytes(policy=WIRE)}},
        )
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise MailError(f"SES refused it: {code}", permanent=code in SES_REFUSALS) from None
    except BotoCoreError as error:
        raise MailError(f"SES was not reached ({type(error).__name__})") from None


@cache
def _ses(region: str) -> Any:
    import boto3
    from botocore.config import Config as ClientConfig

    limits = ClientConfig(
        connect_timeout=TIMEOUT_SECONDS,
        read_timeout=TIMEOUT_SECONDS,
        retries={"total_max_attempts": 2},
    )
    return boto3.client("sesv2", region_name=region, config=limits)
