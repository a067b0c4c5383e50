"""Stack traces tell no row of the database."""

from __future__ import annotations

import logging
import sys

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.database import db
from app.observability.log_lines import JsonLines, TextLines
from app.observability.redaction import fault_of, frames_of, trace_of

PERSON = "ada@example.org"
TAKEN = "INSERT INTO users (email) VALUES (:email)"
MISSING = "SELECT nothing_like_it, 'ada@example.org', :email"
UNFIT = "SELECT CAST(:email AS integer)"


def failure(app: Flask, statement: str) -> SQLAlchemyError:
    with app.app_context():
        try:
            db.session.execute(text(statement), {"email": PERSON})
        except SQLAlchemyError as error:
            return error
    raise AssertionError("the statement did not fail")


@pytest.mark.parametrize(
    ("statement", "told"),
    [(TAKEN, "NotNullViolation 23502"), (UNFIT, "22P02"), (MISSING, '"nothing_like_it" does not')],
)
def test_a_trace_tells_the_fault_and_no_person(app: Flask, statement: str, told: str) -> None:
    error = failure(app, statement)
    assert PERSON in f"{error} {error.__cause__}", "the test would pass without a person"
    trace = trace_of(error)
    assert PERSON not in trace, "the log would hold an address"
    assert told in trace, "the developer would not learn the reason"
    assert "test_redaction.py" in trace


def test_errors_of_other_kinds_keep_their_text() -> None:
    try:
        try:
            raise ValueError("first")
        except ValueError as error:
            raise RuntimeError("second") from error
    except RuntimeError as error:
        trace = trace_of(error)
    assert "ValueError: first" in trace
    assert trace.endswith("RuntimeError: second")


def test_frames_tell_no_text_at_all(app: Flask) -> None:
    try:
        raise RuntimeError(PERSON) from failure(app, UNFIT)
    except RuntimeError as error:
        frames = frames_of(error)
    assert PERSON not in frames, "a mail would take it out of the house"
    assert "builtins.RuntimeError\n" in frames
    assert "caused by sqlalchemy.exc.DataError\n" in frames
    assert 'test_redaction.py", line' in frames


def test_a_fault_is_a_kind_and_a_number(app: Flask) -> None:
    assert fault_of(failure(app, UNFIT)) == "InvalidTextRepresentation 22P02"
    assert fault_of(ValueError(PERSON)) == "ValueError"


@pytest.mark.parametrize("form", [JsonLines("trial", "r1"), TextLines()])
def test_lines_of_both_forms_are_discreet(app: Flask, form: logging.Formatter) -> None:
    try:
        raise failure(app, TAKEN)
    except SQLAlchemyError:
        record = logging.LogRecord("app", logging.ERROR, "", 0, "failed", None, sys.exc_info())
    line = form.format(record)
    assert PERSON not in line
    assert "NotNullViolation 23502" in line
