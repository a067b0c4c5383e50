"""A DynamoDB table of releases, in memory."""

from collections.abc import Callable
from typing import Any

from tests.release.answering import RefusedError

PAGE = 2  # so that reading a handful of releases needs several pages


class FakeTable:
    """Keeps items by `stack` and `number`; `before_put` sees each item before it is kept."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, int], dict[str, Any]] = {}
        self.before_put: Callable[[dict[str, Any]], None] = lambda _item: None

    def put_item(self, **asked: Any) -> dict[str, Any]:
        item = asked["Item"]
        self.before_put(item)
        assert asked["ExpressionAttributeNames"] == {"#number": "number"}
        key = item["stack"]["S"], int(item["number"]["N"])
        wanted = {"attribute_exists(#number)": True, "attribute_not_exists(#number)": False}
        if wanted[asked["ConditionExpression"]] != (key in self.items):
            raise RefusedError("ConditionalCheckFailedException")
        self.items[key] = item
        return {}

    def query(self, **asked: Any) -> dict[str, Any]:
        assert asked["ConsistentRead"], "a release that was just opened would not be seen"
        assert not asked["ScanIndexForward"], "the oldest release would come first"
        stack = asked["ExpressionAttributeValues"][":stack"]["S"]
        before = int(asked.get("ExclusiveStartKey", {}).get("number", {"N": "999999"})["N"])
        numbers = sorted((n for s, n in self.items if s == stack and n < before), reverse=True)
        page = numbers[: min(asked["Limit"], PAGE)]
        answer: dict[str, Any] = {"Items": [self.items[stack, number] for number in page]}
        if len(page) < len(numbers):
            answer["LastEvaluatedKey"] = {"stack": {"S": stack}, "number": {"N": str(page[-1])}}
        return answer
