"""Asking AWS for as long as it takes: throttled, without network, after a login has expired."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ops import approval
from ops.failures import is_about_the_login
from release.aws_errors import AwsError, in_words, will_pass
from release.progress import Clock, Say

if TYPE_CHECKING:
    from ops.clients import OpsClients

Answer = TypeVar("Answer")
_LONGEST_WAIT_SECONDS = 30.0
_LOGIN_WAIT_SECONDS = 5.0
# Half a minute: the SDK has tried for some seconds each time.
_ATTEMPTS = 5


class Patience:
    """What goes on where it was once AWS answers again, and says why it waits.

    With `for_ever` it also waits for a new login, where there can be one; without, it gives up
    after half a minute.
    """

    def __init__(self, clients: OpsClients, say: Say, clock: Clock, *, for_ever: bool) -> None:
        self._clients = clients
        self._say = say
        self._clock = clock
        self._for_ever = for_ever

    def ask(self, call: Callable[[], Answer]) -> Answer:
        """The answer, whenever it comes; what asking again cannot help is raised."""
        attempt = 0
        while True:
            try:
                answer = call()
            except AwsError as error:
                attempt += 1
                self._wait(error, attempt)
            else:
                if attempt:
                    self._say("AWS answers again: going on.")
                return answer

    def _wait(self, error: Exception, attempt: int) -> None:
        """Wait, or raise the error. It is told once: what follows it is the same."""
        if will_pass(error):
            if attempt > _ATTEMPTS and not self._for_ever:
                raise error
            if attempt == 1:
                self._say(f"Waiting, as AWS does not answer now ({in_words(error)}).")
            self._clock.sleep(min(2.0 ** (attempt - 1), _LONGEST_WAIT_SECONDS))
        elif is_about_the_login(error) and self._for_ever and self._clients.can_get_new_keys():
            self._wait_for_login(error, attempt)
        else:
            raise error

    def _wait_for_login(self, error: Exception, attempt: int) -> None:
        is_told = approval.somebody_is_there()
        if attempt > _ATTEMPTS and not is_told:
            raise error
        if attempt == 1:
            self._say(
                "Your AWS login has expired. Log in again in another terminal: this goes on by "
                "itself."
                if is_told
                else "Your AWS login has expired. Waiting half a minute for a new one."
            )
        self._clock.sleep(_LOGIN_WAIT_SECONDS)
        self._clients.renew_login()
