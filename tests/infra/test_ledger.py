"""The table of releases: never lost, and readable without Pulumi."""

from planning.recording import Recording
from release.ledger import Ledger
from tests.support.tokens import TABLE


class TestTheTable:
    """What was released, by whom and how it ended: nobody can tell it afterwards without it."""

    def test_cannot_be_deleted_by_mistake_where_the_stack_is_protected(
        self, prod: Recording, staging: Recording
    ) -> None:
        table = prod.only(TABLE)
        assert table.protect, "one wrong setting and the history is gone"
        assert table.inputs["deletionProtectionEnabled"] is True, "one click, the same"
        assert not staging.only(TABLE).protect, "make down stops halfway"
        assert staging.only(TABLE).inputs["deletionProtectionEnabled"] is False, "the same"

    def test_can_be_brought_back_to_any_second(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            assert recording.only(TABLE).inputs["pointInTimeRecovery"] == {"enabled": True}, (
                "what a mistake wrote over is gone"
            )

    def test_is_encrypted_by_the_stacks_key_where_there_is_one(
        self, prod: Recording, bare: Recording
    ) -> None:
        encryption = prod.only(TABLE).inputs["serverSideEncryption"]
        assert encryption["enabled"] is True
        assert ":key/" in encryption["kmsKeyArn"], "AWS's key, which nobody can take back"
        own = bare.only(TABLE).inputs["serverSideEncryption"].get("kmsKeyArn")
        assert own is None, "AWS refuses a key that is none"

    def test_has_the_keys_that_releases_are_written_by(self, prod: Recording) -> None:
        inputs = prod.only(TABLE).inputs
        kinds = {each["name"]: each["type"] for each in inputs["attributes"]}
        assert (inputs["hashKey"], inputs["rangeKey"]) == ("stack", "number")
        assert kinds == {"stack": "S", "number": "N"}, f"{Ledger.__name__} could not write"

    def test_is_found_by_its_name_without_pulumi(self, prod: Recording) -> None:
        assert prod.only(TABLE).inputs["name"] == "flaskapp-prod-releases"
        assert prod.outputs["releases_table_name"] == "flaskapp-prod-releases"

    def test_costs_what_is_used(self, prod: Recording) -> None:
        assert prod.only(TABLE).inputs["billingMode"] == "PAY_PER_REQUEST", (
            "a few writes a day are paid for by the hour"
        )
