"""Short texts that stand for longer ones."""

import hashlib

DIGEST_LENGTH = 16


def short_digest(text: str) -> str:
    """First 16 hex digits of its SHA-256: enough to tell a stack's states apart, not to sign."""
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
