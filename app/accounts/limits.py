"""How often somebody may try to get in, or have mail sent to somebody."""

from __future__ import annotations

from contextlib import suppress

from flask import request

from app.accounts.registry import LONGEST_INPUT, NotAnEmailError, normal_email
from app.security.limits import key_of, limiter


def account_asked_for() -> str:
    """The account that a form names, whether there is one or not, as a limit's key."""
    given = request.form.get("email", "")[:LONGEST_INPUT]
    with suppress(NotAnEmailError):
        # Else each way to write one address would have a limit of its own.
        given = normal_email(given)
    return key_of("account", given)


# For each address that requests come from. An office shares one, so these are generous.
sign_ins_of_client = limiter.limit("20 per minute", methods=["POST"])
registrations_of_client = limiter.limit("5 per hour", methods=["POST"])
links_of_client = limiter.limit("20 per hour", methods=["POST"])
# For each account, from wherever: many machines together try no more passwords than one.
sign_ins_of_account = limiter.limit(
    "10 per 15 minutes", key_func=account_asked_for, methods=["POST"]
)
# Nobody's mailbox is filled, whoever asks.
mails_of_account = limiter.shared_limit(
    "5 per hour", scope="mails", key_func=account_asked_for, methods=["POST"]
)
