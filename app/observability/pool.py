"""How full the pool of database connections is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, QueuePool


@dataclass(frozen=True)
class PoolState:
    """Connections that may be open at once, and those that are at work."""

    size: int
    in_use: int


def pool_of(engine: Engine) -> PoolState:
    """The state of the moment; zeros for an engine without a pool."""
    pool = engine.pool
    if not isinstance(pool, QueuePool):
        return PoolState(0, 0)
    return PoolState(pool.size(), pool.checkedout())
