"""What authors and administrators do with polls, and nobody else."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.media.models import Picture
from app.polls import ballot
from app.polls.models import Poll
from app.security.body import MAX_BODY_BYTES
from tests.app.browser import TOKEN, Browser
from tests.app.conftest import engine_of
from tests.app.drawings import drawing, file_of
from tests.app.people import make_user, sign_in

ADMINISTRATOR = "admin@example.org"


def number_of(poll: str) -> int:
    return int(poll.rpartition("/")[2])


def found(session: Session, poll: str) -> Poll:
    poll_row = ballot.find(session, number_of(poll))
    assert poll_row, "the poll is gone"
    return poll_row


@pytest.fixture
def author(visitor: Browser) -> Browser:
    """The browser of the author of all polls that others open in these tests."""
    return visitor.author


@pytest.fixture
def stranger(another: Browser, app: Flask) -> Browser:
    """Somebody who is signed in and has no part in the poll."""
    make_user(app)
    sign_in(another)
    return another


@pytest.fixture
def with_pictures(
    app: Flask, make_app: Callable[..., Flask], migrated: str, tmp_path: Path
) -> Browser:
    """The author's browser where pictures can be uploaded, of 200,000 bytes at most."""
    dsn = f"file://{tmp_path}/media"
    return Browser(make_app(migrated, default_storage_dsn=dsn, max_upload_bytes=200_000)).author


def send(author: Browser, file: bytes, **fields: str) -> str:
    """Create a poll with a picture; the page that follows."""
    token = TOKEN.search(author.get("/polls/new").text)
    assert token
    data = {"csrf_token": token[1], "title": "With a picture?"}
    data |= {"options-0": "Yes", "options-1": "No"} | fields
    parts = data | {"picture": (BytesIO(file), "../../etc/cat.php.png")}
    answer = author.client.post("/polls", data=parts, content_type="multipart/form-data")
    return author.get(answer.location).text if answer.location else answer.text


def test_only_who_is_signed_in_can_ask(visitor: Browser) -> None:
    form = visitor.get("/polls/new")
    assert form.status_code == 303
    assert form.location == "/sign-in?next=/polls/new", "the way to the form would be lost"
    answer = visitor.submit("/sign-in", "/polls", {"title": "Mine?", "options-0": "Yes"})
    assert answer.status_code == 303
    assert answer.location == "/sign-in"
    assert "There are no polls yet" in visitor.get("/").text, "anybody could fill the list"


def test_a_closed_poll_takes_no_vote_and_its_result_stays(
    visitor: Browser, author: Browser, another: Browser
) -> None:
    poll = visitor.open_poll()
    visitor.vote(poll, "Tea")
    another.get(poll)
    assert author.submit(poll, f"{poll}/close", {}).location == f"{poll}/results"
    assert "This result is final" in visitor.get(poll).text
    late = another.submit("/sign-in", f"{poll}/votes", {"option": "1"})
    assert late.status_code == 409
    assert visitor.votes(poll) == [1, 0], "a final result would change"


def test_closing_twice_keeps_the_first_time(visitor: Browser, author: Browser, app: Flask) -> None:
    poll = visitor.open_poll()
    times = []
    for _ in range(2):
        assert author.submit("/polls/new", f"{poll}/close", {}).status_code == 303
        with Session(engine_of(app)) as session:
            times.append(found(session, poll).closed_at)
    assert times[0] is not None
    assert times[0] == times[1]


@pytest.mark.parametrize("action", ["close", "delete"])
def test_a_poll_is_managed_by_its_author_and_administrators_alone(
    visitor: Browser, stranger: Browser, author: Browser, app: Flask, action: str
) -> None:
    poll = visitor.open_poll()
    control = f'action="{poll}/{action}"'
    assert control not in visitor.get(poll).text
    assert control not in stranger.get(poll).text
    assert control in author.get(poll).text, "the author could not do it"
    assert stranger.submit("/polls/new", f"{poll}/{action}", {}).status_code == 403
    assert visitor.submit(poll, f"{poll}/{action}", {}).location == "/sign-in"
    with Session(engine_of(app)) as session:
        assert found(session, poll).is_open, "anybody could end the poll"
    make_user(app, ADMINISTRATOR, Role.ADMINISTRATOR)
    administrator = Browser(app)
    sign_in(administrator, ADMINISTRATOR)
    assert control in administrator.get(poll).text
    assert administrator.submit("/polls/new", f"{poll}/{action}", {}).status_code == 303


def test_a_poll_of_nobody_is_managed_by_administrators_alone(stranger: Browser, app: Flask) -> None:
    with Session(engine_of(app)) as session:
        poll = ballot.create(session, "From before accounts?", ["Yes", "No"])
    answer = stranger.submit("/polls/new", f"/polls/{poll.id}/close", {})
    assert answer.status_code == 403, "a missing author would be anybody"


def test_a_poll_is_deleted_while_it_has_no_votes(
    visitor: Browser, author: Browser, app: Flask
) -> None:
    poll = visitor.open_poll("Soon gone?")
    answer = author.submit(poll, f"{poll}/delete", {})
    assert answer.location == "/polls/mine"
    assert "“Soon gone?” is deleted" in author.get("/polls/mine").text
    assert visitor.get(poll).status_code == 404
    with engine_of(app).connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM options")) == 0


def test_a_poll_with_votes_stays(visitor: Browser, author: Browser) -> None:
    poll = visitor.open_poll()
    visitor.vote(poll, "Tea")
    assert f'action="{poll}/delete"' not in author.get(f"{poll}/results").text
    answer = author.submit("/polls/new", f"{poll}/delete", {})
    assert answer.status_code == 409
    assert "This poll has votes by now, so it stays." in answer.text
    assert visitor.votes(poll) == [1, 0], "an author could make an unwelcome result vanish"


def test_a_vote_at_the_same_time_keeps_the_poll_from_being_deleted(
    visitor: Browser, app: Flask
) -> None:
    poll = visitor.open_poll()
    engine = engine_of(app)
    removed: list[bool] = []

    def remove() -> None:
        with Session(engine) as session:
            removed.append(ballot.remove(session, found(session, poll)))

    with Session(engine) as session:
        option = found(session, poll).options[0].id
        # What `cast` does: it shares the poll's row, then writes the vote.
        session.execute(
            text("SELECT id FROM polls WHERE id = :id FOR SHARE"), {"id": number_of(poll)}
        )
        thread = threading.Thread(target=remove)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive(), "the vote is not waited for"
        session.execute(
            text("INSERT INTO votes (poll_id, option_id, visitor) VALUES (:poll, :option, :who)"),
            {"poll": number_of(poll), "option": option, "who": uuid4()},
        )
        session.commit()
    thread.join()
    assert removed == [False], "a vote would vanish that was counted"


def test_an_administrator_may_delete_votes_with_the_poll(visitor: Browser, app: Flask) -> None:
    poll = visitor.open_poll()
    visitor.vote(poll, "Tea")
    with Session(engine_of(app)) as session:
        assert ballot.remove(session, found(session, poll), with_votes=True)
        assert session.scalar(text("SELECT count(*) FROM votes")) == 0


def test_who_is_signed_in_votes_once_on_all_devices(
    visitor: Browser, stranger: Browser, app: Flask
) -> None:
    poll = visitor.open_poll()
    phone = Browser(app)
    sign_in(phone)
    paper = phone.get(poll).text
    option = re.findall(r'name="option" value="(\d+)"', paper)[1]
    assert stranger.vote(poll, "Tea").status_code == 303
    second = phone.submit("/polls/new", f"{poll}/votes", {"option": option})
    assert second.status_code == 409, "a person could vote with each device"
    assert 'Tea <span class="mark">your vote' in phone.get(poll).text
    assert visitor.votes(poll) == [1, 0]


def test_a_vote_before_signing_in_counts_as_ones_own(visitor: Browser, app: Flask) -> None:
    poll = visitor.open_poll()
    option = re.findall(r'name="option" value="(\d+)"', visitor.get(poll).text)[1]
    visitor.vote(poll, "Tea")
    make_user(app)
    sign_in(visitor)
    second = visitor.submit("/polls/new", f"{poll}/votes", {"option": option})
    assert second.status_code == 409, "to sign in would be a way to vote again"
    assert visitor.votes(poll) == [1, 0]


def test_votes_cannot_be_traced_to_accounts_without_the_key() -> None:
    ada, grace = User(id=1), User(id=2)
    number = ballot.voter_of(ada, "a key")
    assert number == ballot.voter_of(ada, "a key"), "a person could vote again and again"
    assert number != ballot.voter_of(grace, "a key")
    assert number != ballot.voter_of(ada, "another key"), "the table would tell who voted for what"
    assert number.version != uuid4().version, "a visitor could be taken for an account"


def test_a_poll_with_a_picture_shows_it_with_its_description(with_pictures: Browser) -> None:
    page = send(with_pictures, drawing("PNG"), description="A grey slope")
    assert "With a picture?" in page
    image = re.search(r'<img src="(/media/[^"]+)" alt="A grey slope" width="60" height="30">', page)
    assert image, f"the picture is not on the page: {page}"
    file = with_pictures.get(image[1].replace("&amp;", "&"))
    assert file.status_code == 200
    assert file.content_type == "image/png"


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_saved(with_pictures: Browser) -> None:
    page = send(with_pictures, b"<?php system($_GET['c']); ?>")
    assert 'id="picture-error"' in page
    assert 'value="With a picture?"' in page, "the author would have to type again"
    assert "There are no polls yet" in with_pictures.get("/").text
    with Session(engine_of(with_pictures.app)) as session:
        assert session.query(Picture).count() == 0


def test_a_picture_may_be_larger_than_other_requests(with_pictures: Browser) -> None:
    file = file_of(Image.effect_noise((360, 360), 100), "PNG")
    assert MAX_BODY_BYTES < len(file) < 200_000, "this test would prove nothing"
    assert '<img src="/media/' in send(with_pictures, file), "no photograph could be sent"


def test_a_picture_that_is_too_large_is_refused(with_pictures: Browser) -> None:
    page = send(with_pictures, b"x" * 200_001)
    assert "too large" in page
    assert "There are no polls yet" in with_pictures.get("/").text


def test_what_is_wrong_is_said_before_a_picture_is_stored(
    with_pictures: Browser, tmp_path: Path
) -> None:
    page = send(with_pictures, drawing("PNG"), title="")
    assert "Write the question" in page
    assert "Choose the picture again" in page, "it would be missing in the poll, unnoticed"
    assert not list(tmp_path.rglob("*.png")), "files of polls that never were would pile up"


def test_without_a_storage_no_picture_is_asked_for(author: Browser) -> None:
    assert 'type="file"' not in author.get("/polls/new").text, "uploads would fail"


def test_a_refused_form_leads_to_each_field_that_is_wrong(author: Browser) -> None:
    fields = {"title": "ab", "options-0": "Yes", "options-1": "y" * 101, "closes_after": "never"}
    page = author.submit("/polls/new", "/polls", fields).text
    summary = page[page.index('role="alert"') : page.index("</ul>", page.index('role="alert"'))]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets == ["title", "options-1", "closes_after"]
    for target in targets:
        assert f'id="{target}"' in page, "a link of the summary would lead nowhere"
        assert f'aria-describedby="{target}-error"' in page, "it could not be heard what is wrong"
        assert f'id="{target}-error"' in page
