"""Addresses of an emulated AWS: one that is left out means calls to a real account."""

import inspect

import pulumi_aws as aws
import pytest

from infra.aws_endpoints import SERVICES, by_service, unknown

URL, OTHER = "http://127.0.0.1:4566", "http://127.0.0.1:4577"


def test_the_default_is_for_every_service() -> None:
    found = by_service({"default": URL})
    assert len(found) == len(SERVICES)
    assert set(found.values()) == {URL}, "the provider asks AWS for the rest"


def test_the_provider_knows_each_by_that_name() -> None:
    known = set(inspect.signature(aws.ProviderEndpointArgs.__init__).parameters)
    assert set(by_service({"default": URL})) <= known, "the provider does not start"


@pytest.mark.parametrize(
    ("given", "argument"),
    [("lambda", "lambda_"), ("application-autoscaling", "appautoscaling"), ("s3", "s3")],
)
def test_a_service_is_written_as_aws_does(given: str, argument: str) -> None:
    found = by_service({"default": URL, given: OTHER})
    assert found[argument] == OTHER
    assert [name for name, url in found.items() if url == OTHER] == [argument]
    assert not unknown([given])


def test_a_service_that_is_not_called_is_unknown() -> None:
    assert unknown(["lambda_", "glue", "ssm"]) == ["lambda_", "glue"]
