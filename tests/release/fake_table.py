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
        # What DynamoDB answers whoever changes an item.
        self.refusal: RefusedError | None = None

    def put_item(self, **asked: Any) -> dict[str, Any]:
        item = asked["Item"]
        self.before_put(item)
        key = item["stack"]["S"], int(item["number"]["N"])
        if not _holds(asked, self.items.get(key)):
            raise RefusedError("ConditionalCheckFailedException")
        self.items[key] = item
        return {}

    def update_item(self, **asked: Any) -> dict[str, Any]:
        """`SET` or `REMOVE` of one attribute, or of one in a map."""
        key = asked["Key"]["stack"]["S"], int(asked["Key"]["number"]["N"])
        assert asked["ConditionExpression"] == "attribute_exists(#number)"
        if self.refusal:
            raise self.refusal
        if key not in self.items:
            raise RefusedError("ConditionalCheckFailedException")
        change, path = asked["UpdateExpression"].split(" = ")[0].split(" ")
        *above, last = path.split(".")
        place = self.items[key]
        for name in above:
            place = place[name]["M"]
        name = asked["ExpressionAttributeNames"][last]
        if change == "SET":
            place[name] = asked["ExpressionAttributeValues"][":mark"]
        else:
            place.pop(name, None)
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


def _holds(asked: dict[str, Any], item: dict[str, Any] | None) -> bool:
    """Whether the item is there, or is not, or has the attributes that the condition names."""
    condition, names = asked["ConditionExpression"], asked["ExpressionAttributeNames"]
    wanted = {"attribute_exists(#number)": True, "attribute_not_exists(#number)": False}
    if condition in wanted:
        assert names == {"#number": "number"}
        return wanted[condition] == (item is not None)
    values = asked["ExpressionAttributeValues"]
    pairs = [each.split(" = ") for each in condition.split(" AND ")]
    assert {f"#{value[1:]}" for _, value in pairs} == set(names), "DynamoDB refuses unused names"
    return item is not None and all(item[names[name]] == values[value] for name, value in pairs)
