"""Generated requests, good and bad, at every operation: answers are as described, never a 5xx."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from app.security.limits import limiter
from tests.app.program import program_of

pytestmark = pytest.mark.processes
REQUESTS_MINIMUM = 1_000
EXAMPLES = 160
# What JSON Schema cannot say: a text has a character that can be seen, two options differ in more
# than case, an option belongs to the poll. Such input fits the schema and is refused all the same.
STRICTER_THAN_SCHEMA = {"POST /polls", "POST /polls/{poll_id}/votes"}
# Without any input there is no wrong one.
NOTHING_TO_SPOIL = {"GET /me"}
send_many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_answers_are_as_described(
    app: Flask, monkeypatch: pytest.MonkeyPatch, mode: GenerationMode
) -> None:
    monkeypatch.setattr(limiter, "enabled", False)
    author, other = program_of(app), program_of(app, "grace@example.org")
    polls = [author.create(title=f"Poll {number}?") for number in range(4)]
    # With a vote they cannot be deleted, so all but one are there until the end.
    for poll in polls[1:]:
        other.post(f"{poll['url']}/votes", {"option_id": poll["options"][0]["id"]})
    answers: Counter[str] = Counter()
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    for found in described.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        if mode is GenerationMode.NEGATIVE and operation.label in NOTHING_TO_SPOIL:
            continue
        requests = requests_to(operation, mode, polls, author.headers)
        send(requests, operation.label, answers)
    print(f"{mode.value}: {sum(answers.values())} requests", dict(sorted(answers.items())))
    assert sum(answers.values()) >= REQUESTS_MINIMUM, "too little has been tried"
    if mode is GenerationMode.POSITIVE:
        done = {label for label, _, status in map(cut, answers) if status.startswith("2")}
        asked = {label for label, _, _ in map(cut, answers)}
        assert done == asked, "of some operations only refusals were looked at"


def cut(answer: str) -> tuple[str, str, str]:
    return answer.rpartition(" ")


def requests_to(
    operation: Any, mode: GenerationMode, polls: list[Any], headers: dict[str, str]
) -> st.SearchStrategy[Any]:
    """Requests with numbers made up, and with numbers that there are."""
    kinds = [operation.as_strategy(mode, headers=headers)]
    # Where there is no body, a number is all that could be wrong.
    if "poll_id" in operation.path and (mode is GenerationMode.POSITIVE or operation.body):
        for poll in polls:
            place = {"headers": headers, "path_parameters": {"poll_id": poll["id"]}}
            kinds.append(operation.as_strategy(mode, **place))
            if operation.body and mode is GenerationMode.POSITIVE:
                body = {"option_id": poll["options"][0]["id"]}
                media_type = "application/json"
                kinds.append(operation.as_strategy(mode, **place, body=body, media_type=media_type))
    return st.one_of(kinds)


def send(requests: st.SearchStrategy[Any], label: str, answers: Counter[str]) -> None:
    """Send many requests and check each answer."""
    excluded: Any = [positive_data_acceptance] if label in STRICTER_THAN_SCHEMA else []

    @send_many
    @given(case=requests)
    def check(case: Any) -> None:
        response = case.call()
        answers[f"{label} {response.status_code}"] += 1
        case.validate_response(response, excluded_checks=excluded)

    check()
