"""Numbers for Prometheus: what is counted, and who may see it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.app.conftest import engine_of

TOKEN = "not-a-secret-of-metrics"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
NOWHERE = "postgresql://app:app@127.0.0.1:1/app"


def numbers(app: Flask) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by name and the values of its labels."""
    response = app.test_client().get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_the_routes_template_and_status(app: Flask) -> None:
    client = app.test_client()
    for path in ("/polls/1", "/polls/2", "/polls/3?q=secret", "/nobody-knows/secret"):
        client.get(path)
    client.open("/livez", method="BREW")
    found = numbers(app)
    route = "/polls/<int(max=9223372036854775807):poll_id>"
    assert found["http_requests_total", ("GET", route, "404")] == 3
    assert found["http_requests_total", ("GET", "other", "404")] == 1
    assert found["http_requests_total", ("other", "other", "405")] == 1
    assert found["http_request_duration_seconds_count", ("GET", route)] == 3
    assert not re.search(r"secret|BREW", str(found)), "each client could add numbers without end"


def test_pool_jobs_and_build_are_told(
    app: Flask, make_app: Callable[..., Flask], migrated: str
) -> None:
    app = make_app(migrated, threads=3, release="r1", app_env="trial")
    with engine_of(app).connect():
        found = numbers(app)
    values = {name: value for (name, _labels), value in found.items()}
    assert values["database_pool_size"] == 3
    assert values["database_pool_in_use"] >= 1
    assert values["app_jobs_failed"] == 0
    assert values["app_mails_waiting"] == 0
    assert "app_jobs_queued" not in values, "without a broker there is no queue to measure"
    (labels,) = (labels for name, labels in found if name == "app_build_info")
    assert {"r1", "trial"} <= set(labels)


def test_numbers_are_told_while_the_database_is_down(make_app: Callable[..., Flask]) -> None:
    values = {name for name, _labels in numbers(make_app(NOWHERE))}
    assert "database_pool_size" in values, "an outage would be without numbers"
    assert "app_jobs_failed" not in values, "nobody knows it"


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_with_a_token_only_its_owner_is_answered(
    make_app: Callable[..., Flask], migrated: str, given: dict[str, str]
) -> None:
    client = make_app(
        migrated, metrics_token=SecretStr(TOKEN), trusted_proxies=1, domain="polls.example.org"
    ).test_client()
    refused = client.get("/metrics", headers=given)
    assert refused.status_code == 401, "anybody could see how much the site is used"
    assert refused.headers["WWW-Authenticate"].lower().startswith("bearer")
    allowed = client.get("/metrics", headers=BEARER | {"Host": "10.20.1.17:8000"})
    assert allowed.status_code == 200, "the scraper asks each task by its address"


@pytest.mark.parametrize(
    ("proxies", "address", "status"),
    [(0, "127.0.0.1", 200), (0, "::1", 200), (0, "192.0.2.7", 404), (1, "127.0.0.1", 404)],
)
def test_without_a_token_only_this_machine_is_answered(
    make_app: Callable[..., Flask], migrated: str, proxies: int, address: str, status: int
) -> None:
    client = make_app(migrated, trusted_proxies=proxies).test_client()
    response = client.get("/metrics", environ_base={"REMOTE_ADDR": address})
    assert response.status_code == status, "strangers behind the balancer would be answered"
