import json
import re
import sys
import warnings
from collections.abc import Callable

import pytest
from flask import Flask

from app.observability.request_log import configure_logging, logging_settings
from tests.app.conftest import MakeConfig

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
    response = app.test_client().get("/polls/new?secret=1", headers=headers)
    (line,) = lines(capsys)
    assert response.headers["X-Request-ID"] == "abcdefgh-1"
    assert isinstance(line.pop("duration_ms"), float)
    assert str(line.pop("time")).endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "app.request",
        "message": "GET /polls/new 200",
        "environment": "trial",
        "release": "r1",
        "method": "GET",
        "path": "/polls/new",
        "route": "/polls/new",
        "status": 200,
        "request_id": "abcdefgh-1",
        "trace_id": TRACE,
    }, "a query that tells more than it should, or a field that dashboards need"


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
    app.test_client().get("/polls/new")
    assert re.search(r"INFO +app\.request: GET /polls/new 200$", capsys.readouterr().out.strip())


def test_the_server_logs_as_the_application_does(make_config: MakeConfig) -> None:
    settings = logging_settings(make_config("postgresql://a:b@c/d"))
    assert "handlers" not in settings["loggers"]["_granian"], "its lines would not be JSON"
