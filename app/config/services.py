"""Settings of what stands beside the database: storage, cache, mail."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, SecretStr, model_validator

from app import addresses
from app.config.setting import EMAIL, Section, setting, whole_number

MIB = 1024 * 1024


class Services(Section):
    """Storage, cache and mail."""

    default_storage_dsn: Annotated[SecretStr, AfterValidator(addresses.storage)] | None = setting(
        None,
        "Where uploads are kept; without it there are none",
        allowed="file:///folder or s3://bucket/prefix/?region=...",
        example="s3://bucket/prefix/?region=eu-central-1",
    )
    max_upload_bytes: int = whole_number(
        5 * MIB, "Size of the largest upload", 1024, 50 * MIB, unit="bytes"
    )
    cache_url: Annotated[SecretStr, AfterValidator(addresses.cache)] | None = setting(
        None,
        "The cache that all processes share; without it each has one of its own in its memory",
        allowed="an address with rediss:// or redis://, or memory://",
        example="rediss://:PASSWORD@HOST:6379/0",
    )
    mail_url: Annotated[SecretStr, AfterValidator(addresses.mail)] | None = setting(
        None,
        "How mail is sent: SMTP with STARTTLS, SMTP over TLS, SES, to the log; "
        "without it none is sent",
        allowed="smtp://USER:PASSWORD@HOST:587, smtps://...:465, ses://REGION or console:",
        example="console:",
    )
    mail_from: str | None = setting(
        None,
        "The sender of mails",
        allowed="an e-mail address, alone or as Name <address>",
        example="'Polls <polls@example.org>'",
        needed="with `MAIL_URL`, unless it is `console:`",
        pattern=rf"^({EMAIL}|[^<>@\r\n\"]{{1,100}} <{EMAIL}>)$",
    )

    @model_validator(mode="before")
    @classmethod
    def _require_sender(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Mail that leaves the process needs a sender."""
        given = values.get("mail_url")
        url = given.get_secret_value() if isinstance(given, SecretStr) else given
        return {"mail_from": ""} | values if url and url != addresses.CONSOLE else values
