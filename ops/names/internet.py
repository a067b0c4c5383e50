"""What DNS answers to anybody who asks, as opposed to what Route 53 holds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ops.problems import OpsError

if TYPE_CHECKING:
    from dns.resolver import Resolver

# A name that nobody answers for keeps a resolver busy: nobody waits longer for one.
PATIENCE_SECONDS = 4.0


class UnansweredError(OpsError):
    """No answer; `is_refused` when servers answered, but only that they cannot tell."""

    def __init__(self, message: str, *, is_refused: bool) -> None:
        super().__init__(message)
        self.is_refused = is_refused


class Internet:
    """Names as this machine's resolvers know them: lower case, without the dot at the end.

    An empty set is an answer, too: the name is not there, or has nothing of that kind.
    """

    def name_servers(self, zone: str) -> frozenset[str]:
        """To whom the zone is delegated."""
        return frozenset(plain(each.target.to_text()) for each in self._ask(zone, "NS"))

    def addresses(self, name: str) -> frozenset[str]:
        """IPv4 addresses, wherever aliases lead."""
        return frozenset(each.address for each in self._ask(name, "A"))

    def alias(self, name: str) -> str:
        """What a CNAME record leads to; empty when there is none."""
        return next((plain(each.target.to_text()) for each in self._ask(name, "CNAME")), "")

    def issuers(self, name: str) -> frozenset[str] | None:
        """Who may issue certificates for a name: CAA of it, or of the nearest above it.

        None when nobody has written any, or only of other things: then everybody may
        [RFC 8659, 3 and 4.2].
        """
        labels = name.split(".")
        for first in range(len(labels) - 1):
            found = self._ask(".".join(labels[first:]), "CAA")
            if found:
                rules = [each.value.decode() for each in found if each.tag.lower() == b"issue"]
                return frozenset(rule.partition(";")[0].strip() for rule in rules) or None
        return None

    @cached_property
    def _resolver(self) -> Resolver:
        from dns.resolver import Resolver

        resolver = Resolver()
        resolver.lifetime = PATIENCE_SECONDS
        return resolver

    def _ask(self, name: str, kind: str) -> list[Any]:
        from dns.exception import DNSException
        from dns.resolver import NXDOMAIN, NoAnswer, NoNameservers

        try:
            return list(self._resolver.resolve(name, kind))
        except (NXDOMAIN, NoAnswer):
            return []
        except NoNameservers as error:
            raise UnansweredError(
                f"no name server gives an answer for {name}", is_refused=True
            ) from error
        except DNSException as error:
            raise UnansweredError(
                f"DNS cannot be asked from here ({error})", is_refused=False
            ) from error


def plain(name: str) -> str:
    """A name as all others here: lower case, without the dot at the end."""
    return name.lower().rstrip(".")
