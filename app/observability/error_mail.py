"""Errors by mail to the administrator: each kind once an hour, however many processes meet it."""

from __future__ import annotations

import logging
import time
import traceback
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Lock, Thread
from uuid import uuid4

from flask import Flask, has_request_context, request
from sqlalchemy.exc import SQLAlchemyError

from app.config import Config
from app.observability.log_context import context
from app.observability.redaction import frames_of

EXTENSION = "error_mail"
HOUR_SECONDS = 3600
# Different kinds that may wait to be mailed; more at once is one disaster, told well enough.
WAITING = 20
ROOT = Path(__file__).parents[2]
# The application's own lines, and what a job that fails leaves in Celery's.
LOGGERS = ("app", "celery")
log = logging.getLogger(__name__)


def init_app(app: Flask, config: Config) -> None:
    """Mail errors where ADMIN_EMAIL and MAIL_URL are set."""
    if config.admin_email is None or config.mail_url is None:
        return
    reports = app.extensions[EXTENSION] = ErrorMail(app, config)
    for name in LOGGERS:
        logging.getLogger(name).addHandler(reports)


class ErrorMail(logging.Handler):
    """Hands each new kind of error to a thread that mails it; who logs waits for nothing."""

    def __init__(self, app: Flask, config: Config) -> None:
        super().__init__(logging.ERROR)
        self._app = app
        self._config = config
        self._mails: Queue[tuple[str, str]] = Queue(WAITING)
        self._known_until: dict[str, float] = {}
        self._starting = Lock()
        self._thread: Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a mail unless this process has met the kind within the hour."""
        kind = kind_of(record)
        now = time.monotonic()
        if self._known_until.get(kind, 0) > now:
            return
        self._known_until[kind] = now + HOUR_SECONDS
        try:
            self._mails.put_nowait((kind, text_of(record, kind, self._config.release)))
        except Full:
            del self._known_until[kind]
        self._run()

    def _run(self) -> None:
        # Begun at the first error, and again in a process that was forked from this one.
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._send_all, name="error-mail", daemon=True)
                self._thread.start()

    def _send_all(self) -> None:
        while True:
            try:
                kind, text = self._mails.get(timeout=HOUR_SECONDS)
            except Empty:
                return
            try:
                if self._first(kind):
                    self._send(kind, text)
            except Exception as error:  # whatever the mail server does, the next one is tried
                log.warning("An error could not be mailed: %s.", type(error).__name__)

    def _send(self, kind: str, text: str) -> None:
        # Only here: what makes and sends mails is of no use to a start.
        from app.mail.message import compose
        from app.mail.sender import send_now

        config = self._config
        mail = compose(
            config,
            key=f"error-mail:{uuid4()}",
            recipient=config.admin_email or "",
            subject=f"[{config.app_env}] {kind}",
            body=text,
        )
        send_now(config, mail)

    def _first(self, kind: str) -> bool:
        """Whether no other process has mailed this kind; yes when the database cannot tell."""
        from app.security.limits import first_in

        try:
            with self._app.app_context():
                return first_in(f"error-mail:{kind}", HOUR_SECONDS)
        except SQLAlchemyError:
            return True


def kind_of(record: logging.LogRecord) -> str:
    """What went wrong and where: the error's type and the last line of ours, or the log's."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None or error.__traceback__ is None:
        return f"{record.levelname} in {_short(record.pathname)}:{record.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT / "app")]
    last = (ours or frames)[-1]
    return f"{type(error).__name__} in {_short(last.filename)}:{last.lineno}"


def text_of(record: logging.LogRecord, kind: str, release: str) -> str:
    """Kind, place, and ids to find the log's lines by; nothing that may name a person."""
    error = record.exc_info[1] if record.exc_info else None
    facts = {"release": release, "route": _route(), **context()}
    lines = [
        f"{kind}, logged by {record.name}.",
        *(f"{name}: {value}" for name, value in facts.items() if value),
        *(["", frames_of(error)] if error else []),
        "",
        "The log has the whole of it. No more of this kind are mailed within an hour.",
    ]
    return "\n".join(lines)


def _route() -> str:
    """The view that failed; its address may tell more."""
    if not has_request_context() or request.url_rule is None:
        return ""
    return f"{request.method} {request.url_rule.rule}"


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name
