"""Names and their certificate: proven through DNS, waited for, and pointed at the balancer."""

import pytest

from planning.recording import Recording
from tests.support.tokens import CERTIFICATE, LISTENER

RECORD = "aws:route53/record:Record"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
NAMES = ["www.example.com", "example.com", "shop.example.com"]


def proofs(recording: Recording) -> list[dict[str, object]]:
    return [
        dict(each.inputs)
        for each in recording.of_type(RECORD)
        if each.inputs["type"] == "CNAME" and "._domainkey." not in each.inputs["name"]
    ]


class TestTheCertificate:
    """A listener without a valid certificate answers nobody."""

    def test_has_all_names_and_no_wildcard(self, rich: Recording) -> None:
        inputs = rich.only(CERTIFICATE).inputs
        assert [inputs["domainName"], *inputs["subjectAlternativeNames"]] == NAMES, (
            "browsers warn of a name"
        )
        assert not [name for name in NAMES if "*" in name]

    def test_is_proven_by_dns_with_one_record_per_name(self, rich: Recording) -> None:
        assert rich.only(CERTIFICATE).inputs["validationMethod"] == "DNS", "somebody must click"
        named = {str(each["name"]).partition(".")[2].rstrip(".") for each in proofs(rich)}
        assert named == set(NAMES), "ACM waits for the proof of a name for ever"
        assert all(each["zoneId"] == "Z0123456789EXAMPLE" for each in proofs(rich))
        assert all(each["allowOverwrite"] for each in proofs(rich)), (
            "a second stack of the domain fails on the first one's proof"
        )

    def test_proves_each_name_by_its_own_record(self, rich: Recording) -> None:
        values = [str(each["records"]) for each in proofs(rich)]
        assert len(set(values)) == len(NAMES), "a name is proven by another one's record"

    def test_is_logged_publicly(self, prod: Recording) -> None:
        options = prod.only(CERTIFICATE).inputs["options"]
        assert options == {"certificateTransparencyLoggingPreference": "ENABLED"}, (
            "browsers refuse it"
        )

    def test_is_waited_for_but_not_for_ever(self, prod: Recording) -> None:
        waiting = prod.only(VALIDATION)
        assert waiting.custom_timeouts == {"create": "20m"}, "a zone that is not delegated hangs"
        assert len(waiting.inputs["validationRecordFqdns"]) == 1, (
            "it waits before the proof is there"
        )

    def test_reaches_the_listener_only_when_valid(self, prod: Recording) -> None:
        listener = prod.named("flaskapp-prod-https", LISTENER)
        used = {prod.by_urn[urn].type for urn in listener.property_dependencies["certificateArn"]}
        assert VALIDATION in used, "AWS refuses a certificate that is still pending"


class TestNames:
    """Each name answers over HTTPS, whichever way it was typed."""

    @pytest.mark.parametrize("name", NAMES)
    def test_lead_to_the_balancer(self, rich: Recording, name: str) -> None:
        (record,) = [each for each in rich.of_type(RECORD) if each.inputs["name"] == name]
        (alias,) = record.inputs["aliases"]
        assert record.inputs["type"] == "A", "an apex takes no CNAME"
        assert alias["name"] == rich.outputs["balancer_dns_name"], "the name leads elsewhere"
        assert record.inputs["zoneId"] == "Z0123456789EXAMPLE"

    def test_are_none_without_a_domain(self, bare: Recording) -> None:
        assert not bare.of_type(RECORD), "records in a zone that was not named"
        assert not bare.of_type(CERTIFICATE)
        assert not bare.of_type(VALIDATION)
