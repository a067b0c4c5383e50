"""Encryption keys: own ones, rotated, one apart for the backups, and used wherever data rests."""

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import plan, statements
from tests.support.tokens import (
    CLUSTER,
    INSTANCE,
    KEY,
    LOG_GROUP,
    REPOSITORY,
    SECRET,
    TOPIC,
    VAULT,
)

DATA, BACKUPS = "flaskapp-prod-data", "flaskapp-prod-vault"
# Type -> argument that takes the key.
ENCRYPTED = {
    INSTANCE: "kmsKeyId",
    LOG_GROUP: "kmsKeyId",
    SECRET: "kmsKeyId",
    TOPIC: "kmsMasterKeyId",
}


def key_of(recording: Recording, resource: Resource, argument: str) -> set[str]:
    """Names of the keys that an argument comes from."""
    urns = resource.property_dependencies.get(argument, ())
    return {recording.by_urn[urn].name for urn in urns if recording.by_urn[urn].type == KEY}


class TestKeys:
    """Whoever can use the key can read the data, whatever else protects it."""

    def test_are_rotated_and_can_be_saved_for_a_month(self, prod: Recording) -> None:
        for key in prod.of_type(KEY):
            assert key.inputs["enableKeyRotation"] is True, "one leak lasts for ever"
            assert key.inputs["deletionWindowInDays"] == 30, "a mistake is found too late"

    def test_are_found_by_their_alias(self, prod: Recording) -> None:
        names = {each.inputs["name"] for each in prod.of_type("aws:kms/alias:Alias")}
        assert names == {"alias/flaskapp-prod-data", "alias/flaskapp-prod-vault"}

    def test_of_the_vault_is_apart(self, prod: Recording) -> None:
        assert key_of(prod, prod.only(VAULT), "kmsKeyArn") == {BACKUPS}, (
            "whoever loses the data key loses the backups too"
        )

    @pytest.mark.parametrize(("kind", "argument"), ENCRYPTED.items(), ids=lambda each: each)
    def test_encrypt_what_rests(self, prod: Recording, kind: str, argument: str) -> None:
        for resource in prod.of_type(kind):
            assert key_of(prod, resource, argument) == {DATA}, f"{resource.label} by AWS's own key"

    def test_encrypt_the_databases_secret_its_measures_and_images(self, prod: Recording) -> None:
        instance = prod.only(INSTANCE)
        for argument in ("masterUserSecretKmsKeyId", "performanceInsightsKmsKeyId"):
            assert key_of(prod, instance, argument) == {DATA}, argument
        assert key_of(prod, prod.only(REPOSITORY), "encryptionConfigurations") == {DATA}
        assert key_of(prod, prod.only(CLUSTER), "configuration") == {DATA}, "exec sessions are open"

    def test_are_not_made_where_the_settings_leave_it_to_aws(self, bare: Recording) -> None:
        assert not bare.of_type(KEY), "keys are paid for and used by nobody"
        assert not bare.of_type("aws:kms/alias:Alias")
        for kind, argument in ENCRYPTED.items():
            for resource in bare.of_type(kind):
                assert argument not in resource.inputs, (
                    f"{resource.label} names a key that is not there"
                )
        assert bare.only(INSTANCE).inputs["storageEncrypted"] is True, "the data lies open"
        assert bare.only(REPOSITORY).inputs["encryptionConfigurations"] == [
            {"encryptionType": "AES256"}
        ]

    def test_can_be_deleted_quickly_where_nothing_is_kept(self) -> None:
        windows = {
            each.inputs["deletionWindowInDays"] for each in plan(stack="staging").of_type(KEY)
        }
        assert windows == {7}, "AWS takes no less"


class TestPoliciesOfKeys:
    """A key's policy is the last word: no IAM policy can take away what it gives."""

    def test_name_every_principal(self, prod: Recording) -> None:
        for key in prod.of_type(KEY):
            for statement in statements(key):
                principal = statement["Principal"]
                assert isinstance(principal, dict), "anybody could use the key"
                assert "*" not in str(principal), "anybody could use the key"

    def test_leave_the_account_in_charge(self, prod: Recording) -> None:
        for key in prod.of_type(KEY):
            (account,) = [each for each in statements(key) if "AWS" in each["Principal"]]
            assert account["Principal"]["AWS"] == "arn:aws:iam::000000000000:root", (
                "a key that nobody can manage is lost"
            )

    def test_let_logs_be_written_for_this_account_alone(self, prod: Recording) -> None:
        (logs,) = [
            each
            for each in statements(prod.named(DATA, KEY))
            if str(each["Principal"].get("Service", "")).startswith("logs.")
        ]
        assert logs["Principal"]["Service"] == "logs.us-east-1.amazonaws.com", "no group is made"
        assert logs["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"] == (
            "arn:aws:logs:us-east-1:000000000000:log-group:*"
        ), "another account's groups could use the key"

    def test_let_events_through_without_a_condition_that_would_swallow_them(
        self, prod: Recording
    ) -> None:
        (events,) = [
            each
            for each in statements(prod.named(DATA, KEY))
            if each["Principal"].get("Service") == "events.amazonaws.com"
        ]
        assert "Condition" not in events, "word of failed backups vanishes in silence"
        assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(events["Action"]), "the same"

    def test_let_services_use_but_not_manage(self, prod: Recording) -> None:
        for statement in statements(prod.named(DATA, KEY)):
            if "Service" in statement["Principal"]:
                assert not {"kms:*", "*"} & set(statement["Action"]), (
                    "a service could delete the key"
                )

    def test_open_the_vaults_key_to_no_service(self, prod: Recording) -> None:
        assert not [
            each for each in statements(prod.named(BACKUPS, KEY)) if "Service" in each["Principal"]
        ], "logs and events have nothing to do with backups"
