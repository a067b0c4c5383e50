"""The bucket for access logs: private, and written by this account's balancers alone."""

from planning.recording import Recording, Resource
from tests.infra.planned import prefix, statements, waits_for
from tests.support.tokens import BUCKET, LOAD_BALANCER

POLICY = "aws:s3/bucketPolicy:BucketPolicy"


def found(recording: Recording, kind: str) -> Resource:
    """The bucket, or a part of it: there are other buckets."""
    return recording.named(f"{prefix(recording)}-access-logs", kind)


class TestTheBucket:
    """Addresses of everybody who ever came lie in it."""

    def test_is_closed_to_the_public_in_all_four_ways(self, prod: Recording) -> None:
        block = found(prod, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").inputs
        switches = (
            "blockPublicAcls",
            "blockPublicPolicy",
            "ignorePublicAcls",
            "restrictPublicBuckets",
        )
        assert all(block[switch] is True for switch in switches), "a policy could open it"

    def test_knows_no_access_lists(self, prod: Recording) -> None:
        rule = found(prod, "aws:s3/bucketOwnershipControls:BucketOwnershipControls").inputs["rule"]
        assert rule == {"objectOwnership": "BucketOwnerEnforced"}, (
            "an object's own list could open it"
        )

    def test_is_encrypted_as_the_balancer_can(self, prod: Recording) -> None:
        kind = (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        )
        (rule,) = found(prod, kind).inputs["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "AES256"}, (
            "with a KMS key the balancer writes nothing, in silence"
        )

    def test_keeps_versions(self, prod: Recording) -> None:
        versioning = found(prod, "aws:s3/bucketVersioning:BucketVersioning").inputs
        assert versioning["versioningConfiguration"] == {"status": "Enabled"}, (
            "a log can be rewritten"
        )

    def test_forgets_after_its_time(self, tuned: Recording) -> None:
        kind = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
        (rule,) = found(tuned, kind).inputs["rules"]
        assert rule["status"] == "Enabled"
        assert rule["expiration"] == {"days": 99}, "logs are kept, and paid for, for ever"
        assert rule["noncurrentVersionExpiration"], "old versions are"
        assert rule["abortIncompleteMultipartUpload"], "unfinished uploads are"

    def test_is_emptied_only_where_the_balancer_may_go(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert found(prod, BUCKET).inputs["forceDestroy"] is False, "the trace goes with the stack"
        assert found(staging, BUCKET).inputs["forceDestroy"] is True, "make down stops halfway"


class TestItsPolicy:
    """A wrong one fails in silence: no log is ever written."""

    def test_lets_this_accounts_balancers_write_below_its_number(self, prod: Recording) -> None:
        (allow,) = [each for each in statements(found(prod, POLICY)) if each["Effect"] == "Allow"]
        assert allow["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
        assert allow["Action"] == "s3:PutObject", "the balancer could read or delete"
        assert allow["Resource"].endswith("/AWSLogs/000000000000/*"), "nothing would be written"
        assert allow["Condition"]["ArnLike"]["aws:SourceArn"] == (
            "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/*"
        ), "any account's balancer could write"

    def test_refuses_everybody_without_tls(self, prod: Recording) -> None:
        (deny,) = [each for each in statements(found(prod, POLICY)) if each["Effect"] == "Deny"]
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert (deny["Principal"], deny["Action"]) == ("*", "s3:*"), "somebody may, in the clear"
        assert len(deny["Resource"]) == 2, "the bucket is meant and its objects are not, or reverse"

    def test_is_there_before_the_balancer_tries_it(self, prod: Recording) -> None:
        waited = waits_for(prod, prod.only(LOAD_BALANCER))
        assert f"{POLICY} flaskapp-prod-access-logs" in waited, (
            "AWS refuses the balancer: no access"
        )
