import json
import logging
import re
import socket
import sys
import warnings
from collections.abc import Callable
from logging.handlers import SysLogHandler

import pytest
from flask import Flask, g

from app.observability.request_log import configure_logging, logging_settings
from app.problems import ConfigError
from tests.app.browser import Browser
from tests.app.conftest import MakeConfig
from tests.app.people import make_user, sign_in

TRACE = "1-67891233-abcdef012345678912345678"


Configure = Callable[..., None]


@pytest.fixture
def configure(make_config: MakeConfig, own_logging: None) -> Configure:
    """Log as a process does, until the test ends."""

    def begin(**changes: str) -> None:
        configure_logging(make_config("postgresql://a:b@c/d", **changes))

    return begin


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_request_is_one_line_of_json(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(app_env="trial", release="r1")
    headers = {
        "X-Request-ID": "abcdefgh-1",
        "X-Amzn-Trace-Id": f"Self=1-1-1;Root={TRACE};Sampled=1",
    }
    response = app.test_client().get("/sign-in?secret=1", headers=headers)
    (line,) = lines(capsys)
    assert response.headers["X-Request-ID"] == "abcdefgh-1"
    assert isinstance(line.pop("duration_ms"), float)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "app.request",
        "message": "GET /sign-in 200",
        "environment": "trial",
        "release": "r1",
        "method": "GET",
        "path": "/sign-in",
        "route": "/sign-in",
        "status": 200,
        "request_id": "abcdefgh-1",
        "trace_id": TRACE,
    }, "a query that tells more than it should, or a field that dashboards need"


def test_the_line_of_who_is_signed_in_holds_a_number_and_no_more(
    configure: Configure, app: Flask, visitor: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    number = make_user(app)
    sign_in(visitor)
    visitor.get("/account?email=ada@example.org")
    printed = capsys.readouterr().out
    line = json.loads(printed.splitlines()[-1])
    assert (line["path"], line["user_id"]) == ("/account", number), "nobody could be helped"
    for word in ("ada@", "Ada", "127.0.0.1", "email"):
        assert word not in printed, "the log would hold personal data"


def test_words_in_a_path_are_left_out(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()

    @app.get("/keys/<key>/<int:number>")
    def use(key: str, number: int) -> str:
        return key

    app.test_client().get("/keys/opens-an-account/7")
    (line,) = lines(capsys)
    assert line["path"] == "/keys/<key>/<int:number>", "the log would hold the key to an account"
    assert "opens" not in str(line)


def test_lines_of_a_job_name_it_and_the_request_that_sent_it(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    with app.app_context():
        g.request_id, g.job_id, g.job_name = "abcdefgh-1", "7f3a", "mail.send"
        logging.getLogger("app.test").info("sent")
    (line,) = lines(capsys)
    found = {name: line.get(name) for name in ("request_id", "job_id", "job")}
    assert found == {"request_id": "abcdefgh-1", "job_id": "7f3a", "job": "mail.send"}


def test_syslog_gets_the_same_lines_instead_of_standard_output(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        configure(syslog_address=f"udp://127.0.0.1:{server.getsockname()[1]}")
        app.test_client().get("/sign-in")
        received = server.recv(65_536)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, SysLogHandler):
            handler.close()
    priority, _, line = received.rstrip(b"\0").partition(b">")
    assert priority == b"<14", "facility user, severity info [RFC 5424 6.2.1]"
    assert json.loads(line)["message"] == "GET /sign-in 200"
    assert capsys.readouterr().out == ""


def test_a_syslog_server_that_cannot_be_found_stops_the_start_with_a_message(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_nobody(*_given: object) -> None:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find_nobody)
    with pytest.raises(ConfigError, match=r"SYSLOG_ADDRESS: 'udp://nowhere.invalid:514'"):
        configure(syslog_address="udp://nowhere.invalid:514")


def test_an_error_is_one_line_with_its_trace(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()

    @app.get("/broken")
    def fail() -> str:
        raise RuntimeError("first\nsecond")

    app.test_client().get("/broken")
    error, request = lines(capsys)
    assert "RuntimeError: first\nsecond" in str(error["exception"])
    assert error["request_id"] == request["request_id"], "the two could not be brought together"


def test_warnings_and_uncaught_errors_are_lines_too(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("careful", stacklevel=1)
    try:
        raise ValueError("end")
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    warning, fatal = lines(capsys)
    assert "careful" in str(warning["message"])
    assert fatal["level"] == "CRITICAL"
    assert "ValueError: end" in str(fatal["exception"])


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space", 'quote"', "new\\nline", "ünïcödé-id"]
)
def test_an_id_that_is_not_well_formed_is_replaced(app: Flask, given: str) -> None:
    returned = app.test_client().get("/livez", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{32}", returned.headers["X-Request-ID"]), (
        "a client could write into our log"
    )


def test_health_checks_that_succeed_are_not_logged(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    app.test_client().get("/livez")
    assert lines(capsys) == [], "the checks of the balancer would drown the rest"


def test_the_text_format_is_for_reading(
    configure: Configure, app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(log_format="text")
    app.test_client().get("/sign-in")
    assert re.search(r"INFO +app\.request: GET /sign-in 200$", capsys.readouterr().out.strip())


def test_the_server_logs_as_the_application_does(make_config: MakeConfig) -> None:
    settings = logging_settings(make_config("postgresql://a:b@c/d"))
    assert "handlers" not in settings["loggers"]["_granian"], "its lines would not be JSON"
