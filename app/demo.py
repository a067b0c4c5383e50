"""`flask seed-demo`: polls to look at, with authors, votes and pictures."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from random import Random
from uuid import UUID

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts import registry
from app.accounts.models import User
from app.database import db
from app.media import pictures
from app.media.models import Picture
from app.media.storage import storage
from app.polls import ballot
from app.polls.models import Poll, Vote

# Where people who do not expect it would see the demonstration.
GUARDED = {"prod", "production"}
AUTHORS = {"demo-1@example.org": "First demo author", "demo-2@example.org": "Second demo author"}
VOTES_MAXIMUM = 240
PASSWORD_BYTES = 15
PICTURE_SIZE = (1200, 675)


@dataclass(frozen=True)
class Question:
    """A poll to make; `closes_in` none: stays open, negative: was closed so long ago."""

    title: str
    options: str
    closes_in: timedelta | None = None
    colours: tuple[str, str] | None = None

    @property
    def ends_later(self) -> bool:
        """Whether the worker is to close it."""
        return self.closes_in is not None and self.closes_in > timedelta()


# Options stand between bars; the first question is the newest.
QUESTIONS = (
    Question("Where shall the team meet?", "Mountains | Sea | City", None, ("#2b59c3", "#8fd3f4")),
    Question("Tea or coffee?", "Tea | Coffee | Water", None, ("#6b4226", "#e8c39e")),
    Question("Which day for the workshop?", "Monday | Tuesday | Thursday", timedelta(days=5)),
    Question("What do we read next?", "A novel | A biography | Poems | A cookbook"),
    Question("Which tree for the yard?", "Lime | Oak | Maple", None, ("#17573a", "#b7e4c7")),
    Question("Spaces or tabs?", "Spaces | Tabs"),
    Question("When do you get up?", "Before six | At six | At seven | At eight | Later"),
    Question("How do you come to work?", "On foot | Bicycle | Train | Bus | Car"),
    Question("Which lunch on Friday?", "Soup | Pasta | Curry | Salad", timedelta(hours=30)),
    Question("Light theme or dark theme?", "Light | Dark | As the system says"),
    Question("A quiet room or music at work?", "Quiet | Music | It depends"),
    Question("Which language shall we learn?", "Italian | Japanese | Portuguese | Swahili"),
    Question("Should meetings begin at five past?", "Yes | No"),
    Question("Which colour for the door?", "Blue | Green | Red", -timedelta(days=2)),
    Question("Best season for holidays?", "Spring | Summer | Autumn | Winter"),
    Question("How long should a talk be?", "10 minutes | 20 minutes | 45 minutes"),
    Question("Paper or screen?", "Paper | Screen | Both"),
    Question("Which game for the evening?", "Chess | Cards | Charades", -timedelta(days=9)),
    Question("Which pet for the office?", "Dog | Cat | Fish | None"),
    Question("Shall we print the report?", "Yes | No | Only a few", -timedelta(days=11)),
    Question("Window seat or aisle seat?", "Window | Aisle"),
    Question("Where to put the bicycles?", "In the yard | In the cellar", -timedelta(days=20)),
    Question("Sweet or savoury breakfast?", "Sweet | Savoury | None at all"),
    Question("Which name for the new printer?", "Gutenberg | Inky | Jammy | No name"),
)


@click.command("seed-demo")
@click.option("--yes", is_flag=True, help="Do so even where APP_ENV says production.")
@with_appcontext
def seed_demo_command(yes: bool) -> None:
    """Make demonstration data: authors, polls, votes, pictures.

    May run again: it adds what is missing and changes nothing else.
    """
    if current_app.config["CONFIG"].app_env in GUARDED and not yes:
        raise click.ClickException(
            "APP_ENV says that this is production, where people would take the demonstration for "
            "real. Nothing was changed. To make it nevertheless: flask seed-demo --yes"
        )
    authors = [_author(email, name) for email, name in AUTHORS.items()]
    made = [
        _ask(db.session, question, number, authors[number % len(authors)])
        # The oldest first: the list is in the order of ids.
        for number, question in reversed(list(enumerate(QUESTIONS)))
    ]
    click.echo(f"Polls: {sum(made)} made, {len(made) - sum(made)} there already.")
    if not storage.enabled:
        click.echo("Pictures: none, as DEFAULT_STORAGE_DSN is not set.")


def _author(email: str, name: str) -> User:
    if user := registry.find_by_email(db.session, email):
        click.echo(f"{email} is there already.")
        return user
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user = registry.create_user(db.session, email=email, name=name, password=password)
    click.echo(f"{email} signs in with the password {password}")
    return user


def _ask(session: Session, question: Question, number: int, author: User) -> bool:
    """Make the poll unless it is there; whether it was made."""
    # When a poll ends its author gets a mail, but nobody reads those of a demonstration.
    author_id = None if question.ends_later else author.id
    same = (Poll.title == question.title, Poll.author_id.is_not_distinct_from(author_id))
    if session.scalar(select(Poll.id).where(*same).limit(1)) is not None:
        return False
    labels = question.options.split(" | ")
    picture = _draw(question) if question.colours and storage.enabled else None
    poll = ballot.create(session, question.title, labels, author_id=author_id, picture=picture)
    _date(session, poll, question, number)
    _vote(session, poll)
    if picture is not None:
        pictures.make_thumbnail(picture.id)
    return True


def _date(session: Session, poll: Poll, question: Question, days: int) -> None:
    """Let the poll be some days old, and closed when its time is over."""
    now = datetime.now(UTC)
    closes_at = None if question.closes_in is None else now + question.closes_in
    closed_at = closes_at if closes_at and closes_at < now else None
    times = {"created_at": now - timedelta(days=1.5 * days), "closes_at": closes_at}
    session.execute(update(Poll).where(Poll.id == poll.id).values(**times, closed_at=closed_at))
    session.commit()


def _vote(session: Session, poll: Poll) -> None:
    """Let a crowd vote, the same each time for a question."""
    random = Random(poll.title)  # noqa: S311 - the same numbers each time are wanted
    weights = [random.uniform(0.2, 1) for _ in poll.options]
    chosen = random.choices(poll.options, weights, k=random.randint(12, VOTES_MAXIMUM))
    rows = [
        {"poll_id": poll.id, "option_id": option.id, "visitor": _visitor(random)}
        for option in chosen
    ]
    session.execute(insert(Vote), rows)
    session.commit()
    ballot.changed.send(poll.id)


def _visitor(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _draw(question: Question) -> Picture:
    """A picture of hills in the question's colours."""
    # Here, as in app/media/images.py: `web` starts the sooner.
    from PIL import Image, ImageDraw

    sky, hills = question.colours or ("#ffffff", "#000000")
    width, height = PICTURE_SIZE
    image = Image.new("RGB", PICTURE_SIZE, hills)
    drawing = ImageDraw.Draw(image)
    random = Random(question.title)  # noqa: S311 - as above
    for layer in range(1, 5):
        colour = Image.blend(
            Image.new("RGB", (1, 1), hills), Image.new("RGB", (1, 1), sky), layer / 4
        ).getpixel((0, 0))
        middle, radius = random.randint(0, width), width * 0.75
        top = height * (0.25 + 0.14 * layer)
        drawing.ellipse((middle - radius, top, middle + radius, top + 2 * radius), fill=colour)
    file = BytesIO()
    image.save(file, "PNG")
    file.seek(0)
    return pictures.accept(file, f"Hills, drawn for the question “{question.title}”")
