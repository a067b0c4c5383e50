"""Stack traces without what was in the database: rows hold names and addresses of people."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError

# The server's text on these holds the value that it refused.
TELLING = (IntegrityError, DataError)


def trace_of(error: BaseException) -> str:
    """The stack trace of an error and its causes, without rows or parameters of statements."""
    text = "".join(traceback.format_exception(error)).rstrip("\n")
    for each in _chain(error):
        if isinstance(each, StatementError):
            text = text.replace(str(each), _safe_text(each))
            # The driver's own error is printed as the cause.
            if each.orig is not None and str(each.orig):
                text = text.replace(str(each.orig), _safe_text(each))
    return text


def frames_of(error: BaseException) -> str:
    """The same without any message: kinds and places, fit to leave the house."""
    parts = []
    for each in _chain(error):
        lines = "".join(traceback.format_tb(each.__traceback__))
        parts.append(f"{type(each).__module__}.{type(each).__qualname__}\n{lines}")
    return "\ncaused by ".join(parts)


def fault_of(error: BaseException) -> str:
    """The kind of a database's error and its number, and nothing of its text."""
    original = error.orig if isinstance(error, StatementError) and error.orig else error
    # psycopg has SQL's five characters, PyMySQL the server's number as the first argument.
    number = getattr(original, "sqlstate", None) or next(
        (given for given in original.args if isinstance(given, int)), ""
    )
    return f"{type(original).__name__} {number}".rstrip()


def _safe_text(error: StatementError) -> str:
    if not isinstance(error, DBAPIError) or isinstance(error, TELLING) or not str(error.orig):
        return f"{fault_of(error)} (the text may hold a row, and is left out)"
    return str(error.orig).splitlines()[0]


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
