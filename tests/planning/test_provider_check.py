"""What the provider or AWS would refuse is found before anything is created."""

import pytest

from planning.mapping import TABLE
from planning.name_check import NAME_LIMITS, is_named
from planning.provider_check import problems
from planning.service_check import unmatched
from tests.infra.planned import SHAPES, shape

# Types that no API description covers: their arguments are checked by type alone.
UNCOVERED = {"docker:index/image:Image", "pulumi-python:dynamic/flask-fargate:OneOffTasks"}
# Types with a name of their own that is no name in AWS: a record's is a domain, and so on.
WITHOUT_NAME_LIMIT = {"aws:route53/record:Record"}


@pytest.mark.parametrize("name", SHAPES)
class TestRightResources:
    """The stacks of this project pass; whatever is not looked at is listed by name."""

    def test_nothing_is_refused(self, name: str) -> None:
        refused = {
            resource.label: found
            for resource in shape(name).resources
            if (found := problems(resource))
        }
        assert not refused, "a deployment would stop half way"

    def test_a_first_preview_is_not_refused_for_what_it_cannot_know(self, name: str) -> None:
        refused = [
            (resource.label, found)
            for resource in shape(name, unknowns=True).resources
            if (found := problems(resource))
        ]
        assert not refused

    def test_every_type_is_mapped_to_its_operations(self, name: str) -> None:
        types = {resource.type for resource in shape(name).custom}
        assert not types - TABLE.keys(), "these would be checked by their types alone"

    def test_only_known_types_have_no_operation(self, name: str) -> None:
        types = {resource.type for resource in shape(name).custom}
        assert {token for token in types if not TABLE[token].bindings} <= UNCOVERED

    def test_every_argument_is_matched_or_known_as_the_provider_s_own(self, name: str) -> None:
        missed = {
            (resource.type, path) for resource in shape(name).custom for path in unmatched(resource)
        }
        assert not missed, "their values would not be compared with anything"

    def test_every_type_with_a_name_has_a_limit_for_it(self, name: str) -> None:
        named = {resource.type for resource in shape(name).custom if is_named(resource.type)}
        assert named - NAME_LIMITS.keys() <= WITHOUT_NAME_LIMIT, (
            "a name that is too long would be found by AWS"
        )


def test_every_operation_and_member_of_the_table_exists() -> None:
    for token, entry in TABLE.items():
        for binding in entry.bindings:
            assert binding.start["type"] in {"structure", "list"}, token
            for member in binding.members.values():
                if member.startswith("/"):
                    assert binding.model.at(binding.request, member[1:]), token
