"""Giving jobs to the broker, what failed for good, and the figures of both."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select, text

from app.database import db
from app.jobs import failed, figures, queue, sweep
from app.jobs.figures import Figures
from app.jobs.models import FailedJob, JobDone
from app.jobs.once import once
from app.jobs.queue import BrokerError, enqueue
from app.mail.models import Mail
from app.security.models import RateCount
from local.ports import free_port

Sent = list[tuple[str, list[Any], str | None, dict[str, str]]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What reached the broker; the broker itself is tested with the worker."""
    jobs: Sent = []

    class Celery:
        def send_task(
            self, task: str, *, args: Any, task_id: Any, headers: Any, confirm_timeout: float
        ) -> None:
            jobs.append((task, args, task_id, headers))

    monkeypatch.setattr(queue, "celery_of", lambda _app: Celery())
    return jobs


@pytest.fixture
def make(make_app: Callable[..., Flask], app: Flask, migrated: str) -> Callable[..., Flask]:
    """Make an application with a broker; the database is empty."""

    def with_broker(process: str = "worker", **changes: Any) -> Flask:
        made = make_app(migrated, **({"broker_url": "redis://127.0.0.1:1"} | changes))
        made.config["PROCESS"] = process
        return made

    return with_broker


def test_a_job_is_sent_with_the_id_of_the_request_that_wanted_it(
    make: Callable[..., Flask], sent: Sent
) -> None:
    with make().app_context():
        g.request_id = "request-1"
        assert enqueue("media.make_thumbnail", 7, key="thumbnail:7")
    assert sent == [("media.make_thumbnail", [7], "thumbnail:7", {"request_id": "request-1"})], (
        "nobody could follow a request into the worker's log"
    )


def test_without_a_broker_nothing_is_sent_and_nothing_fails(app: Flask, sent: Sent) -> None:
    with app.app_context():
        assert not enqueue("media.make_thumbnail", 7)
    assert sent == []


def test_a_broker_that_is_away_is_a_line_in_the_log_and_no_error(
    make: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    app = make(broker_url=f"redis://:secret-word@127.0.0.1:{free_port()}")
    with app.app_context():
        assert not enqueue("media.make_thumbnail", 7), "a saved poll would answer with an error"
    (message,) = [m for m in caplog.messages if "media.make_thumbnail" in m]
    assert message == (
        "Job media.make_thumbnail is not sent: the broker did not take it (OperationalError)."
    )
    assert "secret-word" not in caplog.text


def test_no_visitor_waits_for_the_broker(
    make: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, done = threading.Event(), threading.Event()

    def slow(*_given: Any, **_options: Any) -> None:
        answer.wait(30)
        done.set()

    monkeypatch.setattr(queue, "send", slow)
    with make("web").app_context():
        assert enqueue("media.make_thumbnail", 7), "the page would come when the broker is back"
    assert not done.is_set()
    answer.set()
    assert done.wait(30)


def test_what_waits_for_the_broker_does_not_fill_the_memory(
    make: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answer, begun = threading.Event(), threading.Event()

    def slow(*_given: Any, **_options: Any) -> None:
        begun.set()
        answer.wait(30)

    monkeypatch.setattr(queue, "send", slow)
    monkeypatch.setattr(queue, "BACKLOG_LENGTH", 2)
    with make("web").app_context():
        assert enqueue("a")
        assert begun.wait(30)
        assert [enqueue("b"), enqueue("c"), enqueue("d")] == [True, True, False]
    answer.set()
    assert caplog.messages == ["Job d is not sent: too many wait for the broker."]


def fail(**changes: Any) -> int:
    values: dict[str, Any] = {
        "job_id": "mail:1",
        "task": "mail.send",
        "arguments": [1],
        "error": "OSError",
        "attempts": 6,
    }
    failed.record(db.session, **(values | changes))
    db.session.commit()
    return db.session.scalars(select(FailedJob.id)).one()


def test_a_job_that_fails_again_is_the_same_failed_job(app: Flask) -> None:
    with app.app_context():
        first = fail()
        assert fail(error="x" * 600, attempts=7) == first
        row = db.session.get_one(FailedJob, first)
        assert (len(row.error), row.attempts) == (500, 7)


def test_an_administrator_sends_a_failed_job_again(make: Callable[..., Flask], sent: Sent) -> None:
    with make().app_context():
        number = fail()
        assert failed.retry(number)
        assert db.session.get_one(FailedJob, number).retried_at is not None
        assert not failed.retry(number + 1), "there is none of that number"
    assert sent == [("mail.send", [1], "mail:1", {})], "its end would not remove the failed job"


def test_a_failed_job_that_no_broker_takes_is_not_said_to_be_sent(app: Flask) -> None:
    with app.app_context():
        number = fail()
        assert not failed.retry(number)
        assert db.session.get_one(FailedJob, number).retried_at is None


def test_work_is_noted_once_and_only_with_its_effect(app: Flask) -> None:
    with app.app_context():
        assert once(db.session, "end:1")
        db.session.rollback()
        assert once(db.session, "end:1"), "work that was taken back would never be done"
        db.session.commit()
        assert not once(db.session, "end:1"), "it would be done twice"


def mail(key: str, sent: str = "NULL", age_days: int = 0) -> None:
    query = (
        "INSERT INTO mails (key, recipient, subject, body, created_at, sent_at) VALUES"
        f" (:key, 'a@example.org', '', '', now() - :age, {sent})"
    )
    db.session.execute(text(query), {"key": key, "age": timedelta(days=age_days)})


def test_the_figures_count_what_waits_and_what_is_done(app: Flask) -> None:
    with app.app_context():
        mail("waits")
        mail("sent", sent="now()")
        once(db.session, "lately")
        old = text("INSERT INTO jobs_done (key, done_at) VALUES ('old', now() - interval '2 h')")
        db.session.execute(old)
        fail()
        assert figures.figures() == Figures(
            queue_depth=None, waiting_mails=1, failed_jobs=1, done_last_hour=1
        )


def test_the_figures_are_kept_for_some_seconds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        assert figures.figures().failed_jobs == 0
        fail()
        assert figures.figures().failed_jobs == 0, "each reader would cost four queries"
        monkeypatch.setattr(figures, "CACHE_SECONDS", -1)
        app.extensions.pop(figures.EXTENSION)
        assert figures.figures().failed_jobs == 1


def test_figures_without_database_and_broker_are_unknown(
    make_app: Callable[..., Flask],
) -> None:
    nowhere = make_app(
        f"postgresql://a:b@127.0.0.1:{free_port()}/d",
        broker_url=f"redis://127.0.0.1:{free_port()}",
    )
    with nowhere.app_context():
        assert figures.figures() == Figures(None, None, None, None), "no metric at all would come"


def test_what_nobody_needs_any_more_is_removed(app: Flask) -> None:
    with app.app_context():
        for days in (0, 14, 16):
            row = "INSERT INTO jobs_done (key, done_at) VALUES (:key, now() - :age)"
            given = {"key": f"{days}", "age": timedelta(days=days)}
            db.session.execute(text(row), given)
        for days in (0, 6, 8):
            mail(f"waits {days}", age_days=days)
        for days in (29, 31):
            mail(f"sent {days}", sent=f"now() - interval '{days} days'", age_days=days)
        counts = "INSERT INTO rate_counts (key, hits, ends_at) VALUES (:key, 1, now() + :more)"
        for seconds in (-1, 60):
            given = {"key": f"{seconds}", "more": timedelta(seconds=seconds)}
            db.session.execute(text(counts), given)
        for statement in sweep.statements(mail_is_on=True):
            db.session.execute(statement)
        assert set(db.session.scalars(select(JobDone.key))) == {"0", "14"}, (
            "a job that a queue keeps for 14 days might be done twice"
        )
        assert set(db.session.scalars(select(Mail.key))) == {"waits 0", "waits 6", "sent 29"}
        assert set(db.session.scalars(select(RateCount.key))) == {"60"}
        for statement in sweep.statements(mail_is_on=False):
            db.session.execute(statement)
        assert set(db.session.scalars(select(Mail.key))) == {"waits 0", "sent 29"}, (
            "old mails would go out in a heap when mail is switched on"
        )


def test_a_send_without_a_broker_says_what_to_set(app: Flask) -> None:
    with pytest.raises(BrokerError, match="BROKER_URL"):
        queue.send(app, "mail.send", [1])


def test_who_asks_outside_of_an_application_is_told_no() -> None:
    assert not enqueue("mail.send", 1), "a script without the application would end in an error"


@pytest.fixture(autouse=True)
def _all_messages(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
