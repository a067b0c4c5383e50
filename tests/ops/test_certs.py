"""`certs`: certificates, what proves them, and until when they are valid."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ops.names.internet import UnansweredError
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.surroundings import CERTIFICATE, HOST, PROOF, ZONE, Surroundings


def test_a_valid_one_says_until_when(ops: Ops, all_well: Surroundings, calls: list[str]) -> None:
    done = ops("certs")
    assert done.code == 0, done.out
    until = all_well.certificate["NotAfter"]
    assert done.out.splitlines()[:2] == [
        f"issued, until {until:%Y-%m-%d} (200 days), the balancer's",
        f"  {CERTIFICATE}",
    ]
    row = next(line for line in done.out.splitlines() if line.startswith(HOST))
    assert row.split() == [HOST, "success", "yes", "yes"]
    check_needs("certs", calls)


def test_a_program_gets_what_was_found(ops: Ops, all_well: Surroundings) -> None:
    found = json.loads(ops("certs", "--json").out)
    assert found["certificates"][0]["status"] == "ISSUED"
    assert found["certificates"][0]["proofs"][0]["is_in_zone"] is True
    assert found["findings"][0]["state"] == "ok"


class TestProofs:
    def test_one_that_is_not_in_the_zone(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.records.pop((PROOF[0], "CNAME"))
        all_well.dns.pop((PROOF[0], "CNAME"))
        done = ops("certs")
        assert done.code == 1, "the certificate is valid, but will not be renewed"
        assert "✗ the proof for staging.polls.test is not in its zone" in done.out
        assert f"{PROOF[0]} CNAME {PROOF[1]}" in " ".join(done.out.split())

    def test_one_that_the_internet_does_not_see(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns[(PROOF[0], "CNAME")] = UnansweredError("lame", is_refused=True)
        done = ops("certs")
        assert "in its zone, but the internet does not see it" in done.out
        assert "bin/ops domains" in done.out

    def test_without_dns_here_nothing_is_claimed(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.dns[(PROOF[0], "CNAME")] = UnansweredError("no route", is_refused=False)
        done = ops("certs")
        assert done.code == 0
        assert "not known" in done.out

    def test_one_of_an_earlier_certificate_does_not_count(
        self, ops: Ops, all_well: Surroundings
    ) -> None:
        all_well.records[(PROOF[0], "CNAME")] = {
            "TTL": 300,
            "ResourceRecords": [{"Value": "_old.acm-validations.aws"}],
        }
        assert "is not in its zone" in ops("certs").out


class TestState:
    @pytest.mark.parametrize(
        ("changes", "code", "said"),
        [
            ({"Status": "PENDING_VALIDATION"}, 1, "✗ the certificate for staging.polls.test waits"),
            ({"Status": "EXPIRED"}, 1, "staging.polls.test is expired"),
            ({"Status": "FAILED", "FailureReason": "CAA_ERROR"}, 1, 'CAA 0 issue "amazon.com"'),
            ({"Status": "FAILED", "FailureReason": "DOMAIN_NOT_ALLOWED"}, 1, "Support's consent"),
            ({"InUseBy": []}, 0, "valid for 200 days, but the balancer does not use it"),
        ],
    )
    def test_each_that_is_not_well(
        self, ops: Ops, all_well: Surroundings, changes: dict[str, Any], code: int, said: str
    ) -> None:
        all_well.certificate |= changes
        done = ops("certs")
        assert (done.code, said in done.out) == (code, True), done.out

    @pytest.mark.parametrize(("days", "mark"), [(31, ""), (29, "!"), (6, "✗"), (-1, "✗")])
    def test_the_end_comes_near(
        self, ops: Ops, all_well: Surroundings, days: int, mark: str
    ) -> None:
        all_well.certificate["NotAfter"] = all_well.now + timedelta(days=days, hours=1)
        lines = [line[0] for line in ops("certs").out.splitlines() if f"for {days} days" in line]
        assert lines == ([mark] if mark else [])

    @pytest.mark.parametrize(("days", "mark"), [(40, "!"), (20, "✗")])
    def test_a_renewal_that_failed(
        self, ops: Ops, all_well: Surroundings, days: int, mark: str
    ) -> None:
        all_well.certificate |= {
            "NotAfter": all_well.now + timedelta(days=days, hours=1),
            "RenewalSummary": all_well.renewal("PENDING_VALIDATION"),
        }
        said = f"{mark} the certificate for staging.polls.test is valid for {days} days, and ACM"
        assert said in ops("certs").out

    def test_none_at_all(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.certificate = {}
        done = ops("certs")
        assert (done.code, "ACM has no certificate for staging.polls.test" in done.out) == (1, True)

    def test_a_name_that_it_does_not_have(self, ops: Ops, all_well: Surroundings) -> None:
        all_well.stack.publish(domain_names=(HOST, f"www.{ZONE}"))
        done = ops("certs")
        assert (done.code, "does not name www.polls.test" in done.out) == (1, True)


def test_a_rule_against_aws_as_issuer_is_named(ops: Ops, all_well: Surroundings) -> None:
    all_well.dns[(ZONE, "CAA")] = ['0 issue "letsencrypt.org"']
    done = ops("certs")
    assert done.code == 1
    assert "a CAA record lets only letsencrypt.org issue certificates" in done.out
    all_well.dns[(ZONE, "CAA")] = ['0 issue "amazon.com"']
    assert ops("certs").code == 0


def test_a_stack_without_a_domain_has_none(ops: Ops, all_well: Surroundings) -> None:
    all_well.stack.publish(domain_names=(), zone_id="")
    assert ops("certs").out == "staging has no domain, and so no certificate.\n"
    assert json.loads(ops("certs", "--json").out)["certificates"] == []


def test_during_the_first_update_the_pending_one_is_found(ops: Ops, all_well: Surroundings) -> None:
    all_well.stack.ssm.delete_parameter(Name="/flaskapp-staging/outputs")
    all_well.certificate |= {"Status": "PENDING_VALIDATION", "InUseBy": []}
    done = ops("certs")
    assert done.code == 1
    assert "waits for its proof in DNS" in done.out


def test_the_next_one_that_waits_is_shown_beside_what_is_used(
    ops: Ops, all_well: Surroundings, aws: Calls
) -> None:
    """An update that adds a name waits for it, while the one before serves."""
    other = CERTIFICATE.replace("one", "two")
    waiting = all_well.certificate | {
        "CertificateArn": other,
        "Status": "PENDING_VALIDATION",
        "InUseBy": [],
    }
    arns = [{"CertificateArn": arn, "DomainName": HOST} for arn in (other, CERTIFICATE)]
    aws.answer("acm:ListCertificates", {"CertificateSummaryList": arns})
    aws.answer(
        "acm:DescribeCertificate",
        lambda asked: {
            "Certificate": waiting if asked["CertificateArn"] == other else all_well.certificate
        },
    )
    lines = ops("certs").out.splitlines()
    shown = [line.strip() for line in lines if line.startswith("  arn:")]
    assert shown == [CERTIFICATE, other], "what serves comes first"


def test_a_missing_permission_is_one_message(ops: Ops, all_well: Surroundings, aws: Calls) -> None:
    aws.refuse("acm:ListCertificates", "AccessDeniedException")
    done = ops("certs")
    assert done.code == 1
    assert "bin/ops permissions certs --stack staging" in done.err
