"""Mail: whether the sender's domain is proved, and whether AWS lets strangers be written to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.permissions import NO_RESOURCE, Need

if TYPE_CHECKING:
    from ops.checks.situation import Situation

NEEDS = (
    Need(
        actions=("ses:GetEmailIdentity",),
        resources=("arn:{partition}:ses:{region}:{account_id}:identity/*",),
        because="the sender's domain is a setting, and no output that verbs read",
    ),
    Need(actions=("ses:GetAccount",), because=NO_RESOURCE),
)


def find(situation: Situation) -> Iterator[Finding]:
    """SES knows the domain by its DKIM records, and the account is out of the sandbox."""
    settings = situation.settings
    if settings is None:
        yield unknown("whether there is mail is not known: the settings cannot be read")
        return
    if not settings.mail.enabled:
        yield ok("mail is switched off")
        return
    domain = settings.mail.from_address.rpartition("@")[2]
    found = [*_identity(situation, domain), *_account(situation)]
    yield from found
    if not found:
        yield ok(f"mail from {domain} is signed, and may go to anybody")


def _identity(situation: Situation, domain: str) -> Iterator[Finding]:
    mail = situation.clients.mail
    try:
        identity = mail.get_email_identity(EmailIdentity=domain)
    except mail.exceptions.NotFoundException:
        yield problem(
            f"SES does not know the domain {domain}", f"{situation.way_back.refresh} make it anew"
        )
        return
    status = identity.get("DkimAttributes", {}).get("Status", "NOT_STARTED")
    if status != "SUCCESS" or not identity.get("VerifiedForSendingStatus"):
        yield problem(
            f"SES has not seen the DKIM records of {domain} ({status.lower().replace('_', ' ')}): "
            "it sends nothing",
            f"Delegate the zone (`bin/ops domains --stack {situation.stack}`); the records are in "
            "it, and SES looks for three days",
        )


def _account(situation: Situation) -> Iterator[Finding]:
    account = situation.clients.mail.get_account()
    if not account.get("SendingEnabled", True):
        yield problem(
            "AWS has stopped this account's mail, as it does after bounces and complaints",
            "See the account dashboard of SES for the reason, and answer AWS's case",
        )
    if not account.get("ProductionAccessEnabled", True):
        yield warning(
            "the account is in SES's sandbox: mail reaches only addresses that were verified",
            "Ask for production access on the account dashboard of SES",
        )


CHECK = Check(name="mail", about="the sender's domain", find=find, needs=NEEDS)
