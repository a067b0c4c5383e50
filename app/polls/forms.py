"""Forms of the polls, validated on the server."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

from werkzeug.datastructures import FileStorage
from wtforms import (  # type: ignore[attr-defined] # SelectChoice is newer than the types
    FieldList,
    FileField,
    Form,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from app.media.pictures import DESCRIPTION_LENGTH
from app.polls.models import LABEL_LENGTH, TITLE_LENGTH, Option

TITLE_MINIMUM = 3
OPTIONS_MINIMUM = 2
OPTIONS_MAXIMUM = 10
OPTIONS_SHOWN = 4
OPTIONS_ADDED = 2
UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
LONGEST = timedelta(days=365)
SEARCH_LENGTH = 100


def tidy(text: str | None) -> str:
    """Make one line: white space becomes one space, control characters go; blank text is empty."""
    spaced = " ".join((text or "").split())
    kept = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs"}).strip()
    # Separators (Z) and formatters (C) cannot be seen; a text of nothing else looks empty.
    return kept if any(unicodedata.category(c)[0] not in "ZC" for c in kept) else ""


class PollForm(Form):
    """A new poll; options left empty do not count."""

    title = StringField(
        "Question",
        filters=[tidy],
        validators=[
            DataRequired("Write the question that you want to ask."),
            Length(
                TITLE_MINIMUM,
                TITLE_LENGTH,
                f"The question needs {TITLE_MINIMUM} to {TITLE_LENGTH} characters.",
            ),
        ],
    )
    options = FieldList(
        StringField(
            "Option",
            filters=[tidy],
            validators=[
                Length(
                    max=LABEL_LENGTH, message=f"An option has at most {LABEL_LENGTH} characters."
                )
            ],
        ),
        min_entries=OPTIONS_SHOWN,
        max_entries=OPTIONS_MAXIMUM,
    )
    # A span, no time of day: the server does not know the author's time zone.
    closes_after = IntegerField("Voting ends after", validators=[Optional()])
    closes_unit = SelectField(
        "Unit",
        choices=[SelectChoice(unit) for unit in UNITS],
        default="days",
        validate_choice=False,
    )
    # What is in the file is looked at when everything else is right: app/media/pictures.py.
    picture = FileField("Picture")
    description = StringField(
        "What the picture shows",
        filters=[tidy],
        validators=[
            Length(
                max=DESCRIPTION_LENGTH,
                message=f"The description has at most {DESCRIPTION_LENGTH} characters.",
            )
        ],
    )

    @property
    def upload(self) -> FileStorage | None:
        """The picture, if one was chosen; browsers send an empty part if none was."""
        file = self.picture.data
        return file if isinstance(file, FileStorage) and file.filename else None

    @property
    def labels(self) -> list[str]:
        """The options that were filled in, in order."""
        return [entry.data for entry in self.options if entry.data]

    @property
    def open_for(self) -> timedelta | None:
        """How long votes are taken; None means without an end. For a form that is valid."""
        if self.closes_after.data is None:
            return None
        return int(self.closes_after.data) * UNITS[self.closes_unit.data or ""]

    @property
    def can_grow(self) -> bool:
        """Whether there is room for another option."""
        return len(self.options) < OPTIONS_MAXIMUM

    def grow(self) -> None:
        """Offer more empty options, up to the limit."""
        for _ in range(min(OPTIONS_ADDED, OPTIONS_MAXIMUM - len(self.options))):
            self.options.append_entry()

    def validate_closes_after(self, field: IntegerField) -> None:
        """A whole number of some unit, a year at most."""
        field.errors = []
        unit = UNITS.get(self.closes_unit.data or "")
        if unit is None or field.data is None or not 1 <= field.data <= LONGEST // unit:
            raise ValidationError("Write a whole number, a year at most, or nothing for no end.")

    def validate_options(self, _field: FieldList[StringField]) -> None:
        """Two options at least, no two alike."""
        labels = [label.casefold() for label in self.labels]
        if len(labels) < OPTIONS_MINIMUM:
            raise ValidationError(f"Write at least {OPTIONS_MINIMUM} options.")
        if len(set(labels)) < len(labels):
            raise ValidationError("Two options are the same. Change one of them.")


class VoteForm(Form):
    """The choice of one option of a poll."""

    option = RadioField("Your choice", coerce=int, validators=[InputRequired("Choose an option.")])

    def offer(self, options: list[Option]) -> None:
        """Set the options that may be chosen."""
        self.option.choices = [(option.id, option.label) for option in options]
