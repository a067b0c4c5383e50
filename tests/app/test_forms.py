import unicodedata
from collections.abc import Callable

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from app.polls.forms import PollForm, tidy
from tests.app.browser import Browser

TEXTS = st.one_of(st.text(max_size=160), st.sampled_from(["", " ", "\x00", "a\x00b", "x" * 141]))


@given(text=st.text())
def test_tidy_text_is_one_visible_line_and_stays_as_it_is(text: str) -> None:
    once = tidy(text)
    assert once == tidy(once), "a form that is shown again would change its content"
    assert not any(unicodedata.category(c) == "Cc" for c in once), "the database refuses NUL"
    assert once == once.strip()


@given(title=TEXTS, labels=st.lists(TEXTS, max_size=12))
def test_what_the_form_accepts_fits_into_the_database(title: str, labels: list[str]) -> None:
    fields = [("title", title)]
    fields += [(f"options-{number}", label) for number, label in enumerate(labels)]
    form = PollForm(MultiDict(fields))
    if form.validate():
        assert 3 <= len(form.title.data or "") <= 140
        assert 2 <= len(form.labels) <= 10
        assert all(1 <= len(label) <= 100 for label in form.labels)
        assert len({label.casefold() for label in form.labels}) == len(form.labels)


@pytest.fixture(scope="module")
def shared() -> dict[str, Browser]:
    return {}


@given(title=TEXTS, labels=st.lists(TEXTS, min_size=2, max_size=4))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_text_makes_the_server_fail(
    make_app: Callable[..., Flask],
    migrated: str,
    shared: dict[str, Browser],
    title: str,
    labels: list[str],
) -> None:
    if "browser" not in shared:
        shared["browser"] = Browser(make_app(migrated)).author
    response = shared["browser"].create(title, *labels)
    assert response.status_code in {303, 422}, "a visitor's text would end in an error page"
    if response.status_code == 303:
        assert shared["browser"].get(response.location).status_code == 200
