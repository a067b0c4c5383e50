"""The mail that tells an author how a poll has ended."""

from __future__ import annotations

from flask import current_app
from sqlalchemy.orm import Session

from app.jobs.once import once
from app.mail import outbox
from app.polls import ballot
from app.polls.models import Poll


def tell_author(session: Session, poll_id: int) -> bool:
    """Write the mail of a closed poll into the outbox, once; False where there is nobody to tell.

    The caller commits.
    """
    poll = ballot.find(session, poll_id)
    author = poll.author if poll else None
    if poll is None or author is None or author.disabled_at or not once(session, f"end:{poll_id}"):
        return False
    return outbox.write(
        session,
        key=f"result:{poll_id}",
        recipient=author.email,
        subject=f"The result of your poll: {poll.title}",
        body=text(session, poll),
    )


def text(session: Session, poll: Poll) -> str:
    """The result in words and numbers, with the page's address where the site has a name."""
    results = ballot.results(session, poll)
    votes = sum(result.votes for result in results)
    lines = [f"{result.label}: {result.votes} ({result.percent} %)" for result in results]
    parts = [f"Your poll “{poll.title}” has ended.", "\n".join(lines), f"Votes in all: {votes}"]
    if address := page_address(poll.id):
        parts.append(address)
    return "\n\n".join(parts) + "\n"


def page_address(poll_id: int) -> str | None:
    """The address of the poll's page; a job has no request that would tell the site's name."""
    domain = current_app.config["CONFIG"].domain
    if domain is None:
        return None
    site = current_app.url_map.bind(domain, url_scheme="https")
    return site.build("polls.show", {"poll_id": poll_id}, force_external=True)
