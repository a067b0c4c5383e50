"""Rows that exist once however many processes write them, on Postgres and on MySQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, case, insert, literal, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session

from app.database.clock import from_now, now_precise

# [MySQL error reference, ER_DUP_ENTRY]
DUPLICATE_ENTRY = 1062
Model = type[DeclarativeBase]


class Count(NamedTuple):
    """How often something was counted in the window that ends then."""

    hits: int
    ends_at: datetime


def insert_once(
    session: Session | Connection, model: Model, values: Mapping[str, Any], conflict: Sequence[str]
) -> bool:
    """Insert a row in the transaction under way; False when one with the same `conflict` exists.

    `conflict` names the columns of the primary key or of a unique constraint. Who finds that
    another transaction has just inserted the row waits for its end. IntegrityError for every other
    constraint that the row breaks.
    """
    connection, table = _connection(session), _table(model)
    if connection.dialect.name == "postgresql":
        new = postgresql.insert(table).values(**values)
        statement = new.on_conflict_do_nothing(index_elements=conflict).returning(literal(1))
        return connection.execute(statement).first() is not None
    try:
        # MySQL takes back this statement alone. INSERT IGNORE would hide other mistakes as well.
        connection.execute(insert(table).values(**values))
    except IntegrityError as error:
        if not _is_duplicate(error) or not _exists(connection, table, values, conflict):
            raise
        return False
    return True


def upsert_count(
    session: Session | Connection, model: Model, key: str, *, seconds: float, amount: int = 1
) -> Count:
    """Add `amount` to the hits of `key`; the count after it, atomic among all processes.

    The first hit begins a window of `seconds`, and so does the first after a window has ended.
    `model` has the columns key, hits and ends_at. The row stays locked until the transaction ends,
    so end it soon.
    """
    connection, table = _connection(session), _table(model)
    values = {"key": key, "hits": amount, "ends_at": from_now(seconds)}
    over = table.c.ends_at <= now_precise()
    hits = case((over, literal(amount)), else_=table.c.hits + amount)
    ends_at = case((over, from_now(seconds)), else_=table.c.ends_at)
    if connection.dialect.name == "postgresql":
        statement = (
            postgresql.insert(table)
            .values(**values)
            .on_conflict_do_update(index_elements=["key"], set_={"hits": hits, "ends_at": ends_at})
            .returning(table.c.hits, table.c.ends_at)
        )
        return Count(*connection.execute(statement).one())
    # In this order: MySQL assigns from left to right, and `hits` looks at the old `ends_at`.
    changes = [("hits", hits), ("ends_at", ends_at)]
    from sqlalchemy.dialects import mysql  # not with the module: see columns.py

    connection.execute(mysql.insert(table).values(**values).on_duplicate_key_update(changes))
    counted = select(table.c.hits, table.c.ends_at).where(table.c.key == key)
    return Count(*connection.execute(counted).one())


def _connection(session: Session | Connection) -> Connection:
    return session.connection() if isinstance(session, Session) else session


def _table(model: Model) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - a mapped class that is no join
    return table


def _is_duplicate(error: IntegrityError) -> bool:
    return error.orig is not None and error.orig.args[0] == DUPLICATE_ENTRY


def _exists(
    connection: Connection, table: Table, values: Mapping[str, Any], conflict: Sequence[str]
) -> bool:
    same = [table.c[name] == values[name] for name in conflict]
    # A locking read sees what others have committed, whatever the level of isolation.
    found = select(literal(1)).select_from(table).where(*same).with_for_update(read=True)
    return connection.execute(found).first() is not None
