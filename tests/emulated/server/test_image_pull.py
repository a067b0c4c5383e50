"""Images that cannot be pulled, and the size of those that can."""

from __future__ import annotations

import json

import pytest

from emulated.server.image_pull import pull_problem, start_failure
from emulated.server.image_size import image_size


def test_a_complaint_among_the_progress_is_found() -> None:
    lines = b'{"status":"Pulling"}\r\n{"errorDetail":{"message":"no TLS"},"error":"no TLS"}\r\n'
    assert pull_problem(lines) == "no TLS", "the task would only say that the image is missing"
    assert pull_problem(b'{"status":"Pulling"}\n\nnot json\n[]') is None


@pytest.mark.parametrize(
    ("reason", "image"),
    [
        (
            "404 Client Error for http://d/images/localhost:4566/app%40sha256:ab/json: Not Found",
            "b",
        ),
        ("No such image: localhost:4566/app:v1", "v1"),
    ],
)
def test_a_missing_image_is_named_as_ecs_does(reason: str, image: str) -> None:
    text = start_failure(reason)
    assert text.startswith("CannotPullContainerError: "), "tools look for this word"
    assert "localhost:4566/app" in text
    assert text.endswith(f"{image}: not found")


def test_what_the_registry_said_reaches_the_reader() -> None:
    text = start_failure("ResourceInitializationError: x: cannot pull app: connection refused")
    assert text.startswith("CannotPullContainerError: ")
    assert text.endswith("cannot pull app: connection refused")


@pytest.mark.parametrize(
    "said",
    [
        'runc: runc create failed: exec: "/no": OCI runtime attempted to invoke a command',
        'OCI runtime create failed: exec: "/no": executable file not found in $PATH: unknown',
    ],
)
def test_a_command_that_the_image_lacks_is_named_as_ecs_does(said: str) -> None:
    text = start_failure(f'ResourceInitializationError: 400 Client Error: Bad Request ("{said}")')
    assert text.startswith("CannotStartContainerError: ResourceInitializationError: ")
    assert text.endswith(said)


def test_a_log_that_cannot_be_written_is_the_reason() -> None:
    reason = "failed to validate logger args: no group"
    text = start_failure(f"ResourceInitializationError: unable to start container: {reason}")
    assert text == f"ResourceInitializationError: {reason}"


@pytest.mark.parametrize(
    "reason",
    [
        "ResourceInitializationError: unable to pull secrets or registry auth: x",
        "CannotPullContainerError: no such host",
        "OCI runtime error",
    ],
)
def test_other_reasons_stay_as_they_are(reason: str) -> None:
    assert start_failure(reason) == reason


def test_an_image_is_as_large_as_its_layers_and_configuration() -> None:
    manifest = {"config": {"size": 5}, "layers": [{"size": 100}, {"size": 20}]}
    assert image_size(json.dumps(manifest)) == 125
    assert image_size(json.dumps({"manifests": [{"size": 7}, {"size": 8}]})) == 15
    assert image_size("{}") == 0
    assert image_size("no json") == 7
