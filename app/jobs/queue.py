"""Gives jobs to the broker, for the worker to do."""

from __future__ import annotations

import logging
from functools import partial
from queue import Full, Queue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, current_app, g, has_app_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from celery import Celery  # type: ignore[import-untyped]

QUEUE = "worker"
CELERY = "celery"
BACKLOG = "jobs.backlog"
# Jobs that wait in `web` for the broker; what does not fit is found by the worker's sweeps.
BACKLOG_LENGTH = 1000
CONFIRM_SECONDS = 10
MAKING = Lock()
log = logging.getLogger(__name__)


class BrokerError(Exception):
    """The broker did not take the job; the message says why, without the broker's address."""


def enqueue(task: str, *arguments: Any, key: str | None = None) -> bool:
    """Have the worker do the job with this name; call it after the commit, it never raises.

    `arguments` are what JSON can say. `key` (at most 64 characters) is the job's id where several
    sends are one job: if it fails, it is one failed job. False when there is no broker or it takes
    nothing; sweeps find within minutes what was left undone. In `web` no visitor waits for the
    broker: True says that a thread will hand the job over.
    """
    if not has_app_context():
        return False
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]
    if app.config["CONFIG"].broker_url is None:
        log.debug("No broker: job %s is not sent.", task)
        return False
    hand_over = partial(_try, app, task, arguments, key, g.get("request_id"))
    if app.config["PROCESS"] != "web":
        return hand_over()
    try:
        _backlog(app).put_nowait(hand_over)
    except Full:
        log.warning("Job %s is not sent: too many wait for the broker.", task)
        return False
    return True


def send(
    app: Flask,
    task: str,
    arguments: Any,
    *,
    key: str | None = None,
    request_id: str | None = None,
) -> None:
    """Hand a job over and wait for the broker's word, some seconds at most; else BrokerError."""
    if app.config["CONFIG"].broker_url is None:
        raise BrokerError("no broker is set: BROKER_URL")
    options: dict[str, Any] = {"headers": {"request_id": request_id} if request_id else {}}
    # RabbitMQ confirms each job; the other brokers have limits of their own.
    options["confirm_timeout"] = CONFIRM_SECONDS
    try:
        celery_of(app).send_task(task, args=list(arguments), task_id=key, **options)
    except Exception as error:
        # Each transport has errors of its own, whose texts may hold the broker's address.
        raise BrokerError(f"the broker did not take it ({type(error).__name__})") from error


def celery_of(app: Flask) -> Celery:
    """The application's Celery, made when it is first asked for: its import takes long."""
    with MAKING:
        if CELERY not in app.extensions:
            from app.jobs.broker import make_celery

            make_celery(app, app.config["CONFIG"])
        return app.extensions[CELERY]


def _try(app: Flask, task: str, arguments: Any, key: str | None, request_id: str | None) -> bool:
    try:
        send(app, task, arguments, key=key, request_id=request_id)
    except BrokerError as error:
        log.warning("Job %s is not sent: %s.", task, error)
        return False
    return True


def _backlog(app: Flask) -> Queue[Callable[[], bool]]:
    """What the thread of this process sends, one after the other; begun at the first job."""
    with MAKING:
        if BACKLOG not in app.extensions:
            backlog: Queue[Callable[[], bool]] = Queue(BACKLOG_LENGTH)
            Thread(target=_send_all, args=(backlog,), name="jobs", daemon=True).start()
            app.extensions[BACKLOG] = backlog
        return cast("Queue[Callable[[], bool]]", app.extensions[BACKLOG])


def _send_all(backlog: Queue[Callable[[], bool]]) -> None:
    while True:
        backlog.get()()
        backlog.task_done()
