"""Passwords: what is taken for one, and the hash that is kept of it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

# argon2 is imported where it is used: `web` starts the sooner.
if TYPE_CHECKING:
    from argon2 import PasswordHasher

# argon2id with 19 MiB, 2 passes, 1 lane [OWASP Password Storage Cheat Sheet]. Each thread of
# `web` that checks a password takes that memory for as long.
PARAMETERS = {"memory_cost": 19 * 1024, "time_cost": 2, "parallelism": 1}
# Where the password is the only factor [NIST SP 800-63B-4, 3.1.1.2].
MINIMUM = 15
# Far above the 64 that must be possible at least [same place]; a hash of more helps nobody.
MAXIMUM = 128
DISTINCT_MINIMUM = 5


def normal(password: str) -> str:
    """The same text whichever way a keyboard composes its letters [NIST SP 800-63B-4, 3.1.1.2]."""
    return unicodedata.normalize("NFC", password)


def weakness(password: str, *known: str) -> str | None:
    """Say what is wrong with a new password; `known` is what others know of its owner."""
    password = normal(password)
    if not MINIMUM <= len(password) <= MAXIMUM:
        return f"A password has {MINIMUM} to {MAXIMUM} characters; four or five words make one."
    folded = password.casefold()
    if len(set(folded)) < DISTINCT_MINIMUM:
        return "This password repeats a few characters. Use more different ones."
    rest = folded
    for word in re.findall(r"\w{3,}", " ".join(known).casefold()):
        rest = rest.replace(word, "")
    if len(rest) < MINIMUM // 2:
        return "This password is little more than your name or address. Choose something else."
    return None


def hash_of(password: str) -> str:
    """The hash to keep: parameters and a salt of its own are part of it."""
    return _hasher().hash(normal(password))


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash False, after the same effort."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if password_hash is None:
        hash_of(password)
        return False
    try:
        return _hasher().verify(password_hash, normal(password))
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(password_hash)


def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(
        memory_cost=PARAMETERS["memory_cost"],
        time_cost=PARAMETERS["time_cost"],
        parallelism=PARAMETERS["parallelism"],
    )
