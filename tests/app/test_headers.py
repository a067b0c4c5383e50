import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

import app as application
from tests.app.browser import Browser
from tests.app.conftest import engine_of

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
DIRECTIVES = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
]
PATHS = ["/", "/polls/new", "/nothing-here", "/livez", "/static/site.css"]
TEMPLATES = sorted(Path(application.__file__).parent.rglob("*.html"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("name", "value"), EXPECTED.items())
def test_every_answer_carries_the_security_header(
    visitor: Browser, path: str, name: str, value: str
) -> None:
    assert visitor.get(path).headers.get(name) == value, f"{path} would go without {name}"


@pytest.mark.parametrize("path", PATHS)
def test_the_content_policy_allows_what_is_used_and_no_more(visitor: Browser, path: str) -> None:
    policy = visitor.get(path).headers["Content-Security-Policy"]
    assert policy.split("; ") == DIRECTIVES, "a page could load or run what it does not need"


def test_pictures_may_come_from_the_sites_own_bucket_and_no_other(
    make_app: Callable[..., Flask], migrated: str
) -> None:
    dsn = SecretStr("s3://bucket/media/?region=eu-central-1")
    response = make_app(migrated, default_storage_dsn=dsn).test_client().get("/livez")
    policy = response.headers["Content-Security-Policy"].split("; ")
    origin = "https://bucket.s3.eu-central-1.amazonaws.com"
    assert f"img-src 'self' {origin}" in policy, "browsers would leave pictures out"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_page_holds_what_the_content_policy_forbids(template: Path) -> None:
    forbidden = re.findall(
        r"<script(?! src=)|<style|\sstyle=|\son\w+=|javascript:", template.read_text()
    )
    assert not forbidden, "browsers would leave that part of the page out"


def test_pages_are_not_kept_in_caches_but_styles_are(visitor: Browser) -> None:
    assert visitor.get("/").headers["Cache-Control"] == "no-store"
    static = visitor.get("/static/site.css").headers
    assert "no-store" not in static["Cache-Control"]
    assert static["ETag"]


def test_cookies_are_secure_by_default(make_app: Callable[..., Flask], app: Flask) -> None:
    url = engine_of(app).url.render_as_string(hide_password=False)
    poll = Browser(app).open_poll()
    visitor = Browser(make_app(url, session_cookie_secure=True))
    cookies = visitor.get(poll).headers.getlist("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} == {"session", "visitor"}
    for cookie in cookies:
        for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert flag in cookie.split("; "), f"a cookie would go without {flag}"


def test_only_answers_over_https_demand_https(visitor: Browser) -> None:
    name = "Strict-Transport-Security"
    assert name not in visitor.get("/").headers
    secure = visitor.get("/", base_url="https://localhost").headers
    assert secure[name] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(("seconds", "sent"), [(60, "max-age=60; includeSubDomains"), (0, None)])
def test_how_long_https_is_demanded_is_a_setting(
    make_app: Callable[..., Flask], migrated: str, seconds: int, sent: str | None
) -> None:
    client = make_app(migrated, secure_hsts_seconds=seconds).test_client()
    headers = client.get("/livez", base_url="https://localhost").headers
    assert headers.get("Strict-Transport-Security") == sent


class Fields(HTMLParser):
    """Collects what a form asks for, and the labels that say so."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.labelled: set[str] = set()
        self.images: list[str | None] = []
        self.inside = False
        self.language: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "label":
            self.labelled.add(given.get("for") or "")
            self.inside = "for" not in given
        elif tag in {"input", "select"} and given.get("type") != "hidden" and not self.inside:
            self.asked.append(given.get("id") or "without id")
        elif tag == "img":
            self.images.append(given.get("alt"))
        elif tag == "html":
            self.language = given.get("lang")

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.inside = False


def test_every_field_has_a_label_and_every_picture_a_text(visitor: Browser) -> None:
    poll = visitor.open_poll()
    for path in ("/", "/polls/new", poll, f"{poll}/results"):
        fields = Fields(visitor.get(path).text)
        assert set(fields.asked) <= fields.labelled, f"{path} could not be used by ear"
        assert None not in fields.images, f"{path} has a picture without a text"
        assert fields.language == "en"
