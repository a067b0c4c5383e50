"""The database's clock in SQL: the one clock that all tasks have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import functions
from sqlalchemy.sql.compiler import SQLCompiler

from app.database.columns import UtcDateTime

# Sessions of MySQL keep time in UTC: app/database/engine.py sees to it.
MYSQL = ("mysql", "mariadb")


# Names of SQL functions are written small, like sqlalchemy.func's own.
class now_precise(functions.FunctionElement[datetime]):  # noqa: N801
    """The moment at which the statement is carried out; `func.now()` is when its work began.

    `select(now_precise())` gives an aware datetime.
    """

    type = UtcDateTime()
    inherit_cache = True


class from_now(functions.FunctionElement[datetime]):  # noqa: N801
    """The moment so many seconds after `now_precise()`: `from_now(90)`."""

    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, seconds: float) -> None:
        super().__init__(literal(float(seconds)))


@compiles(now_precise, "postgresql")
def _now_postgres(_element: now_precise, _compiler: SQLCompiler, **_options: Any) -> str:
    return "clock_timestamp()"


@compiles(now_precise, *MYSQL)
def _now_mysql(_element: now_precise, _compiler: SQLCompiler, **_options: Any) -> str:
    return "SYSDATE(6)"


@compiles(from_now, "postgresql")
def _later_postgres(element: from_now, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"(clock_timestamp() + make_interval(secs => {seconds}))"


@compiles(from_now, *MYSQL)
def _later_mysql(element: from_now, compiler: SQLCompiler, **options: Any) -> str:
    seconds = compiler.process(element.clauses, **options)
    return f"TIMESTAMPADD(MICROSECOND, 1000000 * {seconds}, SYSDATE(6))"


@compiles(type(func.now()), *MYSQL)
def _begun_mysql(_element: Any, _compiler: SQLCompiler, **_options: Any) -> str:
    """`func.now()` with microseconds, which MySQL leaves out unless it is asked for them."""
    return "CURRENT_TIMESTAMP(6)"
