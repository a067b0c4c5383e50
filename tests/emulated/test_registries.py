"""The emulated registry has no TLS; Docker does not mind at localhost, podman must be told."""

from __future__ import annotations

import pytest

from emulated.problems import EngineError
from emulated.registries import check_registry
from tests.emulated.fake_engine import FakeClient, engine_with


def test_docker_needs_no_rule() -> None:
    check_registry(engine_with(FakeClient(), "docker"), 4566)


def test_podman_with_the_rule_is_accepted() -> None:
    check_registry(engine_with(FakeClient(insecure=("localhost:4566",)), "podman"), 4566)


def test_podman_without_the_rule_is_told_what_to_write_and_where() -> None:
    with pytest.raises(EngineError) as refusal:
        check_registry(engine_with(FakeClient(insecure=("localhost:4566",)), "podman"), 4600)
    text = str(refusal.value)
    assert 'location = "localhost:4600"' in text, "a push to this port would fail for want of TLS"
    assert "/etc/containers/registries.conf.d/" in text
