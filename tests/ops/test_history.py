"""How releases, and who made them, are shown."""

import pytest

from release.caller import short_name


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::123456789012:assumed-role/deploy/ada", "ada"),
        ("arn:aws:iam::123456789012:user/team/ada", "ada"),
        ("arn:aws:iam::123456789012:root", "root"),
        ("ada", "ada"),
        ("", ""),
    ],
)
def test_a_caller_is_named_by_the_last_part_of_the_arn(arn: str, name: str) -> None:
    assert short_name(arn) == name
