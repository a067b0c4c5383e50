"""What the visitors of the benchmark find: some polls with votes."""

from __future__ import annotations

from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.config import Config
from app.database.engine import make_engine
from app.deploy.steps import deploy
from app.polls.models import Option, Poll, Vote
from app.tables import Base  # noqa: F401 - every table, so that keys find theirs

# Neither is kept in a cache: each asks the database. The API counts who asks there, too.
PAGES = {"page": "/?q=bench", "API": "/api/v1/polls?q=bench"}
SECRET_KEY = SecretStr("not-a-secret-0123456789-abcdefghijklmnop")
POLLS = 20
VOTES = 100


def make_content(database_url: str) -> None:
    """Make the schema and the polls in an empty database."""
    config = Config(database_url=SecretStr(database_url), secret_key=SECRET_KEY)
    deploy(config)
    engine = make_engine(config, "bench")
    with Session(engine) as session:
        for number in range(POLLS):
            options = [Option(position=place, label=f"Option {place}") for place in range(4)]
            poll = Poll(title=f"Bench question {number}?", options=options)
            session.add(poll)
            session.flush()
            votes = [
                {"poll_id": poll.id, "option_id": options[each % 4].id, "visitor": UUID(int=each)}
                for each in range(VOTES)
            ]
            session.execute(insert(Vote), votes)
        session.commit()
    engine.dispose()
