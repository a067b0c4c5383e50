"""The file by which stop and status know what was started."""

from __future__ import annotations

import pytest

from emulated.record import ServerProcess, read_record, record_of, remove_record, write_record
from emulated.settings import CloudSettings


def test_a_record_is_read_as_it_was_written(settings: CloudSettings) -> None:
    record = record_of(settings).with_processes((ServerProcess("aws", 12, 3.5),))
    write_record(settings.state_dir, record)
    assert read_record(settings.state_dir) == record


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"processes": [{}]}', '{"processes": []}'])
def test_a_damaged_record_is_as_none(settings: CloudSettings, text: str) -> None:
    settings.state_dir.mkdir()
    (settings.state_dir / "cloud.json").write_text(text)
    assert read_record(settings.state_dir) is None, "a broken file would stop every command"


def test_removing_twice_is_no_problem(settings: CloudSettings) -> None:
    write_record(settings.state_dir, record_of(settings))
    remove_record(settings.state_dir)
    remove_record(settings.state_dir)
    assert read_record(settings.state_dir) is None
