"""Several questions at the same time, of which nobody waits for one that gets no answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

# AWS answers one question in a tenth of a second; more at once would only be throttled.
AT_ONCE = 8


@contextmanager
def questions() -> Iterator[ThreadPoolExecutor]:
    """Threads to ask in; what is not answered when the block ends, by Ctrl-C, say, is left."""
    pool = ThreadPoolExecutor(max_workers=AT_ONCE)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
