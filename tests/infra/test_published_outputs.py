"""The outputs where `bin/ops` reads them: without Pulumi, by the stack's name."""

import dataclasses
import json
from typing import Any

import pytest

from infra.naming import outputs_parameter
from ops.outputs import Outputs, parse
from planning.limits import limit_problems
from planning.recording import Recording
from planning.resource import Resource
from tests.infra.planned import SHAPES, prefix, shape
from tests.support.tokens import PARAMETER

FREE_CHARACTERS = 4096
LARGEST = 8192


def published(recording: Recording) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(recording.only(PARAMETER).inputs["insecureValue"])
    return found


def test_every_verb_finds_what_it_needs_and_people_what_pulumi_tells(recording: Recording) -> None:
    needed = {field.name for field in dataclasses.fields(Outputs)}
    told = published(recording)
    assert needed <= set(told), "`bin/ops` says that another version brought the stack up"
    assert told == recording.outputs, "two sources tell different things"


def test_verbs_can_read_it(recording: Recording) -> None:
    read = parse(recording.only(PARAMETER).inputs["insecureValue"], recording.stack)
    assert read.prefix == prefix(recording)
    assert set(read.service_names) == set(recording.outputs["service_names"])


def test_it_is_where_the_stacks_file_says(recording: Recording) -> None:
    name = recording.only(PARAMETER).inputs["name"]
    assert name == outputs_parameter(prefix(recording)), "`bin/ops` asks for another one"


def test_nothing_in_it_is_secret(recording: Recording) -> None:
    assert recording.only(PARAMETER).secret_inputs == frozenset(), (
        "whoever may read parameters would read a secret in the clear"
    )


@pytest.mark.parametrize("name", SHAPES)
def test_it_fits_without_cost(name: str) -> None:
    parameter = shape(name).only(PARAMETER)
    assert len(parameter.inputs["insecureValue"]) < FREE_CHARACTERS, "it costs, though little"
    assert parameter.inputs["tier"] == "Intelligent-Tiering", "one more process and AWS refuses it"


def test_more_than_aws_takes_is_found_while_planning(prod: Recording) -> None:
    parameter = prod.only(PARAMETER)
    longer: Resource = dataclasses.replace(
        parameter, inputs={**parameter.inputs, "insecureValue": "x" * (LARGEST + 1)}
    )
    assert list(limit_problems(longer)), "an update would stop at its end"
    assert not list(limit_problems(parameter))
