"""The bucket for uploads: private, kept, and opened to browsers only where a setting says so."""

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import plan, statements, waits_for
from tests.support.tokens import BUCKET

MEDIA, LOG = "flaskapp-prod-media", "flaskapp-prod-media-access-logs"
ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
LIFE_CYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
CORS = "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"
LOGGING = "aws:s3/bucketLogging:BucketLogging"


def rule_of(recording: Recording, name: str, kind: str = LIFE_CYCLE) -> dict[str, object]:
    (rule,) = recording.named(name, kind).inputs["rules"]
    return dict(rule)


@pytest.mark.parametrize("name", [MEDIA, LOG])
class TestBothBuckets:
    """What users gave, and who looked at it."""

    def test_are_closed_to_the_public_in_all_four_ways(self, prod: Recording, name: str) -> None:
        block = prod.named(name, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
        switches = {key: value for key, value in block.items() if key != "bucket"}
        assert len(switches) == 4
        assert all(value is True for value in switches.values()), "a policy could open it"

    def test_know_no_access_lists(self, prod: Recording, name: str) -> None:
        kind = "aws:s3/bucketOwnershipControls:BucketOwnershipControls"
        assert prod.named(name, kind).inputs["rule"] == {
            "objectOwnership": "BucketOwnerEnforced"
        }, "an object's own list could open it"

    def test_keep_versions(self, prod: Recording, name: str) -> None:
        kind = "aws:s3/bucketVersioning:BucketVersioning"
        assert prod.named(name, kind).inputs["versioningConfiguration"] == {"status": "Enabled"}, (
            "what is overwritten is lost"
        )

    def test_refuse_calls_without_tls(self, prod: Recording, name: str) -> None:
        (denied,) = (s for s in statements(prod.named(name, POLICY)) if s["Effect"] == "Deny")
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert len(denied["Resource"]) == 2, "the objects, or the bucket itself, are left out"

    def test_drop_uploads_that_nobody_finished(self, prod: Recording, name: str) -> None:
        assert rule_of(prod, name)["abortIncompleteMultipartUpload"], "they are paid for for ever"

    def test_have_versions_before_their_life_cycle(self, prod: Recording, name: str) -> None:
        waited = waits_for(prod, prod.named(name, LIFE_CYCLE))
        assert f"aws:s3/bucketVersioning:BucketVersioning {name}" in waited, (
            "S3 forgets the rule about old versions"
        )

    def test_are_emptied_on_destroy_where_the_stage_may_be(
        self, prod: Recording, name: str
    ) -> None:
        assert prod.named(name, BUCKET).inputs["forceDestroy"] is False
        staging = plan(stack="staging").named(name.replace("prod", "staging"), BUCKET)
        assert staging.inputs["forceDestroy"] is True, "make down stops at the first upload"


class TestTheBucket:
    """Files of users: nobody can ask for them again."""

    def test_is_encrypted_with_the_stacks_key(self, prod: Recording) -> None:
        rule = rule_of(prod, MEDIA, ENCRYPTION)
        default = rule["applyServerSideEncryptionByDefault"]
        assert isinstance(default, dict)
        assert default["sseAlgorithm"] == "aws:kms"
        assert ":key/" in default["kmsMasterKeyId"]
        assert rule["bucketKeyEnabled"] is True, "each object costs a call of KMS"

    def test_is_encrypted_by_s3_where_there_is_no_key(self, keyless: Recording) -> None:
        assert rule_of(keyless, MEDIA, ENCRYPTION) == {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}
        }

    def test_keeps_what_was_overwritten_for_as_long_as_is_set(self, tuned: Recording) -> None:
        rule = rule_of(tuned, MEDIA)
        assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 77}
        assert rule["expiration"] == {"expiredObjectDeleteMarker": True}, "current files expire"

    def test_is_open_to_no_page_unless_a_setting_names_its_site(
        self, prod: Recording, rich: Recording
    ) -> None:
        assert not prod.of_type(CORS), "any page could use the visitor's rights"
        (rule,) = rich.only(CORS).inputs["corsRules"]
        assert rule["allowedOrigins"] == ["https://www.example.com", "http://localhost:8000"]

    def test_tells_eventbridge_of_each_change(self, prod: Recording) -> None:
        notification = prod.named(MEDIA, "aws:s3/bucketNotification:BucketNotification")
        assert notification.inputs["eventbridge"] is True

    def test_is_protected_but_what_a_setting_turns_off_is_not(self, rich: Recording) -> None:
        assert rich.named(MEDIA, BUCKET).protect, "one wrong setting deletes all files"
        assert not rich.only(CORS).protect, "a site could not be taken off the list"


class TestItsLog:
    """Whoever reads files of users leaves a trace, out of the reach of the application."""

    def test_is_written_into_a_bucket_of_its_own(self, prod: Recording) -> None:
        logging = prod.only(LOGGING).inputs
        assert logging["bucket"].startswith(MEDIA)
        assert logging["targetBucket"].startswith(LOG), "the log would log itself"

    def test_can_be_written_from_the_first_moment(self, prod: Recording) -> None:
        waited = waits_for(prod, prod.only(LOGGING))
        assert f"{POLICY} {LOG}" in waited, "S3 drops what it may not write, in silence"

    def test_is_written_by_s3_for_this_bucket_of_this_account_alone(self, prod: Recording) -> None:
        (allowed,) = (s for s in statements(prod.named(LOG, POLICY)) if s["Effect"] == "Allow")
        assert allowed["Principal"] == {"Service": "logging.s3.amazonaws.com"}
        assert allowed["Action"] == "s3:PutObject"
        condition = allowed["Condition"]
        assert set(condition) == {"ArnLike", "StringEquals"}, "somebody else's bucket fills it"
        assert condition["ArnLike"]["aws:SourceArn"].startswith(f"arn:aws:s3:::{MEDIA}-")

    def test_is_encrypted_as_s3_can(self, prod: Recording) -> None:
        assert rule_of(prod, LOG, ENCRYPTION) == {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}
        }, "with a KMS key S3 writes no log"

    def test_is_kept_as_long_as_the_balancers(self, tuned: Recording) -> None:
        assert rule_of(tuned, LOG)["expiration"] == {"days": 99}


def test_nothing_is_made_when_it_is_off(bare: Recording) -> None:
    made: list[Resource] = [each for each in bare.custom if "-media" in each.name]
    assert not made, "a bucket that nobody asked for"
