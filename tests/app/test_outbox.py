"""The outbox: a mail is written with what it tells, and once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.jobs.names import SEND_MAIL
from app.mail import outbox
from app.mail.models import Mail
from tests.app.letters import ADDRESS, session

__all__ = ["session"]


def test_a_mail_is_written_once_for_its_key(session: Session) -> None:
    values = {"key": "result:1", "recipient": ADDRESS, "subject": "Result", "body": "2 votes"}
    assert outbox.write(session, **values)
    assert not outbox.write(session, **values), "a job that is done twice would write two mails"
    session.commit()
    assert not outbox.write(session, **values)


def test_a_mail_is_written_with_what_it_tells_or_not_at_all(session: Session) -> None:
    outbox.write(session, key="result:1", recipient=ADDRESS, subject="Result", body="2 votes")
    session.rollback()
    assert session.scalars(select(Mail)).all() == [], "it would tell what never happened"


@pytest.mark.parametrize("changes", [{"recipient": "a@b.c\nBcc: d@e.f"}, {"subject": "a\r\nTo: b"}])
def test_an_address_or_subject_of_two_lines_is_refused(
    session: Session, changes: dict[str, str]
) -> None:
    values = {"key": "x", "recipient": ADDRESS, "subject": "Result", "body": "2 votes"}
    with pytest.raises(ValueError, match="one line"):
        outbox.write(session, **(values | changes))


def test_the_worker_hears_of_a_mail_when_it_is_saved_and_not_before(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[Any, ...]] = []
    monkeypatch.setattr(outbox, "enqueue", lambda *job, key: told.append((*job, key)))
    outbox.write(session, key="x", recipient=ADDRESS, subject="Result", body="2 votes")
    assert told == [], "the worker would look for a mail that is not there yet"
    session.commit()
    mail_id = session.scalars(select(Mail.id)).one()
    assert told == [(SEND_MAIL, mail_id, f"mail:{mail_id}")]
    session.commit()
    assert len(told) == 1
