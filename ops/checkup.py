"""Makes the checks: the login first, then all others at once, told in their own order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops import at_once
from ops.checks.finding import Finding, unknown
from ops.failures import is_about_the_login, is_denied, short
from ops.problems import OpsError
from release.aws_errors import AwsError, in_words, will_pass
from release.problems import ReleaseError

if TYPE_CHECKING:
    from ops.checks.check import Check
    from ops.checks.situation import Situation


@dataclass(frozen=True, kw_only=True)
class Result:
    """A check with all that it has found; `blocked` says why it was not made at all."""

    check: str
    about: str
    findings: tuple[Finding, ...]
    blocked: str = ""

    def count(self, state: str) -> int:
        """How many findings are of that state."""
        return sum(each.state == state for each in self.findings)


def examine(checks: Sequence[Check], situation: Situation, *, logged_in: bool) -> Iterator[Result]:
    """Each check's result, in order, as soon as it and those before it are there.

    Without a login nothing is asked of AWS, without outputs nothing of the stack.
    """
    with at_once.questions() as pool:
        yield from pool.map(lambda check: _tried(check, situation, logged_in=logged_in), checks)


def made(check: Check, situation: Situation) -> Result:
    """One check's result, made now."""
    findings = tuple(_findings(check, situation))
    return Result(check=check.name, about=check.about, findings=findings)


def _tried(check: Check, situation: Situation, *, logged_in: bool) -> Result:
    if check.asks_aws and not logged_in:
        return _blocked(check, "not looked at before there is a login that fits")
    if check.of_stack and situation.published is None:
        return _blocked(check, "not looked at, as the stack's outputs are not known")
    return made(check, situation)


def _blocked(check: Check, why: str) -> Result:
    return Result(check=check.name, about=check.about, findings=(unknown(why),), blocked=why)


def _findings(check: Check, situation: Situation) -> Iterator[Finding]:
    """What it found before AWS refused, and the refusal, which ends this check alone."""
    try:
        yield from check.find(situation)
    except AwsError as error:
        yield _unanswered(error, situation)
    except (OpsError, ReleaseError) as error:
        yield unknown(f"not looked at: {error}")
    except OSError as error:
        # A program that is not for this machine, a connection that ends in the middle.
        yield unknown(f"not looked at: this machine refuses: {error.strerror or error}")
    except (LookupError, TypeError, ValueError) as error:
        # Of twenty checks one may meet an answer that nobody thought of; the others go on.
        yield unknown(f"not looked at: an answer has an unknown form ({error!r})")


def _unanswered(error: Exception, situation: Situation) -> Finding:
    if situation.place.is_emulated:
        return unknown(f"not looked at: the emulated AWS says {in_words(error)}")
    return unknown(f"not looked at: {short(error)}", _next_step(error, situation))


def _next_step(error: Exception, situation: Situation) -> str:
    if is_denied(error):
        return f"`bin/ops permissions doctor --stack {situation.stack}` prints what this needs"
    if will_pass(error):
        return "Repeat this in a minute"
    return "Log in again, then repeat this" if is_about_the_login(error) else ""
