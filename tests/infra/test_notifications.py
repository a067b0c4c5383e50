"""The topic: who hears of failures."""

from planning.recording import Recording
from tests.support.tokens import TOPIC

SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"


class TestTheTopic:
    """One place for all bad news."""

    def test_tells_each_address(self, rich: Recording) -> None:
        told = {each.inputs["endpoint"] for each in rich.of_type(SUBSCRIPTION)}
        assert told == {"ops@example.com", "boss@example.com"}, "somebody hears nothing"
        for each in rich.of_type(SUBSCRIPTION):
            assert each.inputs["protocol"] == "email"
            assert each.inputs["topic"] == rich.outputs["topic_arn"]

    def test_is_there_even_if_nobody_listens_yet(self, bare: Recording) -> None:
        assert bare.of_type(TOPIC), "failures have nowhere to go once somebody wants to know"
        assert not bare.of_type(SUBSCRIPTION)

    def test_is_encrypted_where_there_are_keys(self, prod: Recording, bare: Recording) -> None:
        assert ":key/" in prod.only(TOPIC).inputs["kmsMasterKeyId"], "messages lie open"
        assert "kmsMasterKeyId" not in bare.only(TOPIC).inputs
