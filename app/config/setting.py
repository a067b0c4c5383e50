"""One row of the table of settings, and the types that several rows share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Section(BaseModel):
    """Settings that belong together; the docstring's first line heads them in the documents."""

    model_config = ConfigDict(frozen=True, defer_build=True)


def setting(
    default: Any, meaning: str, *, allowed: str, example: str, needed: str = "", **limits: Any
) -> Any:
    """Describe one variable; its name is the field's in capitals, its type the annotation.

    `meaning` is for the documents; `allowed` and `example` go into the message when a value is
    wrong, too. `needed` names who cannot do without a value that has no default.
    """
    return Field(
        default,
        title=meaning,
        description=allowed,
        examples=[example],
        json_schema_extra={"needed": needed},
        **limits,
    )


def whole_number(
    default: int | None, meaning: str, low: int, high: int, *, example: str = "", unit: str = ""
) -> Any:
    """Describe a variable that holds a whole number from `low` to `high`."""
    of = f" of {unit}" if unit else ""
    return setting(
        default,
        meaning,
        allowed=f"a whole number{of} from {low} to {high}",
        example=example or str(default),
        ge=low,
        le=high,
    )


def switch(*, default: bool, meaning: str) -> Any:
    """Describe a variable that is true or false."""
    return setting(default, meaning, allowed="true or false", example="true")


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
# As much as a start can check cheaply; whether mail arrives there only sending it tells.
EMAIL = r"[^@\s<>,;\"]{1,64}@[A-Za-z0-9.-]{1,255}"
