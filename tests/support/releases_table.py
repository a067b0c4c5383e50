"""The table of releases in an AWS that a test has for itself, with the keys of the real one."""

from typing import Any

from infra.naming import PARTITION_KEY, SORT_KEY


def create_releases_table(dynamodb: Any, name: str) -> None:
    """An empty table that takes what releases and verbs write."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": PARTITION_KEY, "AttributeType": "S"},
            {"AttributeName": SORT_KEY, "AttributeType": "N"},
        ],
    )
