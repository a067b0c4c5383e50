"""What goes in and out of the API: models whose limits stand in the description too."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.database.columns import LARGEST_ID
from app.polls.ballot import PAGE_SIZE
from app.polls.forms import LONGEST, OPTIONS_MAXIMUM, OPTIONS_MINIMUM, TITLE_MINIMUM, tidy
from app.polls.models import LABEL_LENGTH, TITLE_LENGTH

SHORTEST_SECONDS = 60
PAGE_MAXIMUM = 100
SEARCH_LENGTH = 100


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _title(text: str) -> str:
    tidied = tidy(text)
    if len(tidied) < TITLE_MINIMUM:
        raise PydanticCustomError(
            "title", f"The question needs at least {TITLE_MINIMUM} characters that can be seen"
        )
    return tidied


def _label(text: str) -> str:
    if not (tidied := tidy(text)):
        raise PydanticCustomError(
            "label", "An option needs at least one character that can be seen"
        )
    return tidied


def _distinct(labels: list[str]) -> list[str]:
    if len({label.casefold() for label in labels}) < len(labels):
        raise PydanticCustomError("options", "Two options are the same; change one of them")
    return labels


# JSON does not tell whole numbers from others: 5.0 is 5.
Whole = BeforeValidator(_whole)
Id = Annotated[int, Field(ge=1, le=LARGEST_ID), Whole]
Seconds = Annotated[int, Field(ge=SHORTEST_SECONDS, le=int(LONGEST.total_seconds())), Whole]
# A reference as in RFC 3986: on this site without the host, so right behind any name of it.
Address = Annotated[str, Field(json_schema_extra={"format": "uri-reference"})]
Title = Annotated[
    str, Field(min_length=TITLE_MINIMUM, max_length=TITLE_LENGTH), AfterValidator(_title)
]
Label = Annotated[str, Field(min_length=1, max_length=LABEL_LENGTH), AfterValidator(_label)]
Labels = Annotated[
    list[Label],
    Field(
        min_length=OPTIONS_MINIMUM,
        max_length=OPTIONS_MAXIMUM,
        json_schema_extra={"uniqueItems": True},
    ),
    AfterValidator(_distinct),
]


class Input(BaseModel):
    """What is sent; unknown names are refused, as a mistyped one would go unnoticed."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Output(BaseModel):
    """What is sent back."""

    model_config = ConfigDict(defer_build=True)


class PollQuery(Input):
    """Which polls to list."""

    q: str = Field("", max_length=SEARCH_LENGTH, description="words to find in the question")
    mine: bool = Field(False, description="only polls of the token's owner")
    before: Id | None = Field(None, description="only polls older than the one with this id")
    limit: int = Field(PAGE_SIZE, ge=1, le=PAGE_MAXIMUM, description="how many at most")


class PollNew(Input):
    """A question with its options."""

    title: Title = Field(examples=["Tea or coffee?"], description="the question")
    options: Labels = Field(
        examples=[["Tea", "Coffee"]], description="the answers to choose from, no two alike"
    )
    open_for_seconds: Seconds | None = Field(
        None,
        examples=[86400],
        description="how long votes are taken; without it until the poll is closed",
    )


class VoteNew(Input):
    """The choice of one option."""

    option_id: Id = Field(examples=[1], description="the id of an option of this poll")


class PollOutline(Output):
    """What is told of a poll wherever it stands."""

    id: int
    url: Address = Field(description="the poll in this API")
    page: Address = Field(description="the poll's page for people")
    title: str
    author: str | None = Field(description="a name; null when the account is gone")
    created_at: AwareDatetime
    closes_at: AwareDatetime | None = Field(description="when voting ends; null: not by itself")
    closed_at: AwareDatetime | None = Field(description="when the result became final")
    is_open: bool = Field(description="whether a vote would count now")


class PollEntry(PollOutline):
    """A poll in the list."""

    votes: int


class PollPage(Output):
    """A page of the list, newest first."""

    polls: list[PollEntry]
    next: Address | None = Field(description="where the list goes on; null at its end")


class OptionShown(Output):
    """An answer of a poll."""

    id: int
    label: str


class PictureShown(Output):
    """A poll's picture; its addresses may be good for an hour only."""

    url: Address
    thumbnail_url: Address | None = Field(description="a small one; null until it has been made")
    description: str


class PollShown(PollOutline):
    """A poll."""

    is_mine: bool = Field(description="whether it was made by the token's owner")
    options: list[OptionShown]
    picture: PictureShown | None


class OptionVotes(Output):
    """An answer's votes."""

    id: int
    label: str
    votes: int
    percent: int = Field(description="of all votes in the poll, rounded; 0 without any")


class ResultsShown(Output):
    """How the votes stand."""

    url: Address = Field(description="these results in this API")
    votes: int
    is_final: bool = Field(description="whether the poll has been closed")
    options: list[OptionVotes]
    my_option_id: int | None = Field(description="what the token's owner chose")


class PersonShown(Output):
    """The token's owner."""

    id: int
    name: str
    email: str
    role: str
    created_at: AwareDatetime


class Fault(Output):
    """One thing that is wrong with what was sent."""

    detail: str
    pointer: str | None = Field(None, description="where in the body [RFC 6901]")
    parameter: str | None = Field(None, description="which parameter")


class Problem(Output):
    """Why a request was refused [RFC 9457]."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = Field(description="the request's id, for whoever asks for help")
    errors: list[Fault] = Field([], description="what is wrong, one by one, for 422")
