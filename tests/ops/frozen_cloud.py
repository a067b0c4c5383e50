"""A mocked AWS as it was at one moment, brought back in a fraction of the time its making took."""

from __future__ import annotations

import io
import pickle
import threading
from dataclasses import dataclass
from typing import Any

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.models import MockAWS, botocore_stubber

_list_regions: Any = AccountSpecificBackend._generate_regions
_regions: dict[str, list[str]] = {}


def _known_regions(held: AccountSpecificBackend[Any], service: str) -> list[str]:
    """A service's regions; the mocked AWS reads them anew in each of its lives."""
    if service not in _regions:
        _regions[service] = _list_regions(held, service)
    return _regions[service]


AccountSpecificBackend._generate_regions = _known_regions

# It holds functions, which cannot be kept.
LEFT_OUT = ("ssm",)
# This closes them only when it is told to forget.
HOLDS_FILES = ("s3",)


@dataclass(frozen=True)
class FrozenCloud:
    """What each service holds, by account and region."""

    _backends: list[BackendDict[Any]]
    _content: bytes

    def thaw(self) -> None:
        """Put everything back; services that have been used since keep what they have."""
        content = pickle.loads(self._content)  # noqa: S301 - our own, of this process
        for backend, accounts in zip(self._backends, content, strict=True):
            for account, regions in accounts.items():
                for region, held in regions.items():
                    dict.__setitem__(backend[account], region, held)


class LightMock(MockAWS):  # type: ignore[misc]  # its types are not followed
    """The mocked AWS for boto3 alone, and without making anew what is thrown away.

    Its own kind also catches what `requests` sends: 1,300 patterns of addresses, each time.
    """

    def reset(self) -> None:
        """Forget everything."""
        for backend in BackendDict._instances:
            if backend.service_name in HOLDS_FILES:
                for held in backend.values():
                    held.reset()
            backend.clear()
        BackendDict._instances.clear()

    def _enable_patching(self, reset: bool = True) -> None:
        botocore_stubber.enabled = True
        self.reset()

    def _disable_patching(self, remove_data: bool) -> None:
        botocore_stubber.enabled = False
        self.reset()
        reset_model_data()


def freeze() -> FrozenCloud:
    """All services that are in use, but those LEFT_OUT."""
    backends = [each for each in BackendDict._instances if each.service_name not in LEFT_OUT]
    content = [
        {account: dict(regions) for account, regions in backend.items()} for backend in backends
    ]
    kept = io.BytesIO()
    _Pickler(kept).dump(content)
    return FrozenCloud(backends, kept.getvalue())


class _Pickler(pickle.Pickler):
    """Keeps a new lock in the place of each."""

    def reducer_override(self, thing: Any) -> Any:
        return (threading.RLock, ()) if isinstance(thing, _LOCK) else NotImplemented


_LOCK = type(threading.RLock())
