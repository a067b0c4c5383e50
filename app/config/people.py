"""Settings of sessions, accounts and the first administrator."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, SecretStr, model_validator

from app.config.setting import EMAIL, Section, setting, switch, whole_number

# 32 characters of fewer kinds than this are a placeholder or a repetition, not a random key.
DISTINCT_CHARACTERS = 10
RANDOM_KEY = "$(python3 -c 'import secrets; print(secrets.token_urlsafe(32))')"


def _random(key: SecretStr) -> SecretStr:
    if len(set(key.get_secret_value())) < DISTINCT_CHARACTERS:
        raise ValueError("not random")
    return key


class People(Section):
    """Sessions and accounts."""

    secret_key: Annotated[SecretStr, AfterValidator(_random)] = setting(
        ...,
        "Signs sessions and links; another key signs everybody out",
        allowed="32 random characters or more",
        example=RANDOM_KEY,
        needed="all",
        min_length=32,
    )
    session_seconds: int = whole_number(
        12 * 3600, "How long a sign-in lasts", 300, 30 * 24 * 3600, unit="seconds"
    )
    allow_registration: bool = switch(
        default=True, meaning="Anybody may register; false: an administrator makes accounts"
    )
    admin_email: str | None = setting(
        None,
        "The first administrator, whom `flask deploy` makes; reports of errors are mailed there",
        allowed="an e-mail address",
        example="admin@example.org",
        needed="with `ADMIN_PASSWORD`",
        pattern=f"^{EMAIL}$",
        max_length=254,
    )
    admin_password: SecretStr | None = setting(
        None,
        "The first administrator's password, used when the account is made",
        allowed="a password of 15 to 128 characters",
        example="'...'",
        min_length=15,
        max_length=128,
    )

    @model_validator(mode="before")
    @classmethod
    def _require_address(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An administrator's password is of no use without an address."""
        return {"admin_email": ""} | values if values.get("admin_password") else values
