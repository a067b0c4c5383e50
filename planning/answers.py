"""Made-up answers to what a program asks a provider (`get_caller_identity` and the like)."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from planning.identifiers import ACCOUNT, REGION


class UnansweredError(LookupError):
    """The program asked a provider something that a plan has no answer for."""


def _policy_document(arguments: Mapping[str, Any]) -> dict[str, Any]:
    statements = [
        {key[0].upper() + key[1:]: value for key, value in statement.items()}
        for statement in arguments.get("statements", [])
    ]
    return {"id": "0", "json": json.dumps({"Version": "2012-10-17", "Statement": statements})}


_ANSWERS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    # An item with nothing but its key.
    "aws:dynamodb/getTableItem:getTableItem": lambda asked: {
        "id": asked["key"],
        "item": asked["key"],
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _: {
        "id": REGION,
        "authorizationToken": "QVdTOnN0YW5kLWlu",
        "expiresAt": "2030-01-01T00:00:00Z",
        "password": "stand-in",
        "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com",
        "userName": "AWS",
    },
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {
        "id": ACCOUNT,
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/stand-in",
        "userId": "AIDASTANDIN",
    },
    "aws:index/getPartition:getPartition": lambda _: {
        "id": "aws",
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
    },
    "aws:index/getRegion:getRegion": lambda _: {
        "id": REGION,
        "name": REGION,
        "region": REGION,
        "description": "US East (N. Virginia)",
        "endpoint": f"ec2.{REGION}.amazonaws.com",
    },
}


def answer(token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one question; UnansweredError names what was asked."""
    if token not in _ANSWERS:
        raise UnansweredError(
            f"the program asks {token}({', '.join(arguments)}) while it is planned, and a plan "
            "asks nobody; put the value into the stack's YAML file"
        )
    return _ANSWERS[token](arguments)
