"""The environment's variables as settings."""

from __future__ import annotations

import pytest

from emulated.problems import CloudError
from emulated.settings import read_settings


def test_an_empty_environment_gives_the_usual_ports() -> None:
    settings = read_settings({})
    assert (settings.aws_port, settings.moto_port) == (4566, 4577), (
        "the stack file names these ports"
    )


def test_ports_and_name_come_from_the_environment() -> None:
    settings = read_settings(
        {"EMULATED_AWS_PORT": "4600", "EMULATED_MOTO_PORT": "4601", "EMULATED_NAME": "second"}
    )
    assert settings.endpoint_url == "http://127.0.0.1:4600"
    assert settings.moto_url == "http://127.0.0.1:4601"
    assert settings.name == "second"


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("EMULATED_AWS_PORT", "http", "write a number from 1024 to 65535"),
        ("EMULATED_AWS_PORT", "80", "write a number from 1024 to 65535"),
        ("EMULATED_AWS_PORT", "70000", "write a number from 1024 to 65535"),
        ("EMULATED_AWS_PORT", "-1", "write a number from 1024 to 65535"),
        ("EMULATED_MOTO_PORT", "4566", "write two different ports"),
        ("EMULATED_HTTPS_PORT", "tls", "write a number from 0 to 65535"),
        ("EMULATED_NAME", "My Cloud", "small letters, digits and hyphens"),
        ("EMULATED_START_TIMEOUT_SECONDS", "soon", "whole seconds"),
        ("EMULATED_START_TIMEOUT_SECONDS", "1", "5 or more"),
    ],
)
def test_a_bad_value_is_refused_with_what_to_write(variable: str, value: str, advice: str) -> None:
    with pytest.raises(CloudError, match=variable) as refusal:
        read_settings({variable: value})
    assert advice in str(refusal.value), "the person does not learn what to write"


def test_what_the_package_installer_needs_is_passed_on_and_nothing_else() -> None:
    settings = read_settings(
        {"PIP_INDEX_URL": "https://packages.test/", "HTTPS_PROXY": "", "AWS_PROFILE": "work"}
    )
    assert dict(settings.pip_environment) == {"PIP_INDEX_URL": "https://packages.test/"}
