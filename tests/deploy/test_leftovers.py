"""Afterwards AWS is asked what still carries the stack's tags."""

from typing import Any

from botocore.exceptions import ClientError

from deploy import leftovers

SNAPSHOT = "arn:aws:rds:eu-west-1:111122223333:snapshot:app-final"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
VPC = "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-1"
ROLE = "arn:aws:iam::111122223333:role/app-task"
TAGS = {"Project": "app", "Environment": "staging"}


class Tagging:
    """The tagging API of one region, with two pages."""

    def __init__(self, *pages: list[str]) -> None:
        self.pages = pages
        self.filters: Any = None

    def get_paginator(self, operation: str) -> "Tagging":
        assert operation == "get_resources"
        return self

    def paginate(self, **arguments: Any) -> list[dict[str, Any]]:
        self.filters = arguments["TagFilters"]
        return [
            {"ResourceTagMappingList": [{"ResourceARN": arn} for arn in page]}
            for page in self.pages
        ]


def test_what_stays_on_purpose_is_told_apart_from_what_should_be_gone() -> None:
    regions = {"eu-west-1": Tagging([SNAPSHOT, KEY], [VPC]), "us-east-1": Tagging([ROLE])}
    found = leftovers.find(TAGS, "eu-west-1", regions.__getitem__)
    assert found.meant == (KEY, SNAPSHOT)
    assert found.unexpected == (VPC, ROLE), "somebody would go on paying for it"


def test_only_what_carries_all_of_the_tags_is_asked_for() -> None:
    client = Tagging([])
    assert leftovers.find(TAGS, "us-east-1", lambda _region: client) == leftovers.Leftovers()
    assert client.filters == [
        {"Key": "Project", "Values": ["app"]},
        {"Key": "Environment", "Values": ["staging"]},
    ], "another stack's resources would be called leftovers"


def test_not_being_allowed_to_ask_is_said_and_is_no_crash() -> None:
    def refuse(_region: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetResources")

    assert "AccessDenied" in leftovers.find(TAGS, "us-east-1", refuse).unknown
