"""Mail: from the stack's own domain, which receivers can prove."""

from planning.recording import Recording
from tests.infra.planned import plan

IDENTITY = "aws:sesv2/emailIdentity:EmailIdentity"
RECORD = "aws:route53/record:Record"


class TestTheIdentity:
    """Without proof mail from it ends as spam."""

    def test_is_the_senders_domain(self, prod: Recording, tuned: Recording) -> None:
        assert prod.only(IDENTITY).inputs["emailIdentity"] == "example.com"
        assert tuned.only(IDENTITY).inputs["emailIdentity"] == "mail.example.com"

    def test_has_its_three_records_in_the_stacks_zone(self, tuned: Recording) -> None:
        records = [each.inputs for each in tuned.of_type(RECORD) if "-dkim-" in each.name]
        assert len({record["name"] for record in records}) == 3, "SES never believes the domain"
        for record in records:
            token, _, rest = record["name"].partition(".")
            assert rest == "_domainkey.mail.example.com"
            assert record["records"] == [f"{token}.dkim.amazonses.com"]
            assert (record["type"], record["zoneId"]) == ("CNAME", "Z0123456789EXAMPLE")

    def test_is_planned_before_ses_has_named_the_records(self) -> None:
        records = [each for each in plan(unknowns=True).of_type(RECORD) if "-dkim-" in each.name]
        assert len(records) == 3, "the first preview does not show them"


def test_nothing_is_made_when_it_is_off(staging: Recording) -> None:
    assert not staging.of_type(IDENTITY)
    assert not [each for each in staging.of_type(RECORD) if "-dkim-" in each.name]
