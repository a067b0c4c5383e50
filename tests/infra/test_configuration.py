"""A stack's configuration, from its file and from the engine: the same values, the same secrets."""

import contextvars
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.config import set_all_config
from pydantic import SecretStr

from infra import config
from infra.checks import LONGEST_SECRET
from infra.problems import SettingsError
from infra.settings import load_settings
from infra.stack_files import ENCRYPTED, StackFileError, read_stack
from tests.infra.changing import problems_of
from tests.support.stacks import PROCFILE, REFERENCE, config_of, settings_of

HIDDEN = "hunter2-Hunter2"


def handed_over(given: Mapping[str, str], secret: Sequence[str] = ()) -> Mapping[str, Any]:
    """What the program reads of the engine's configuration, some keys of which were encrypted."""

    def read() -> Mapping[str, Any]:
        set_all_config(dict(given), list(secret))
        return config.read_config()

    # Pulumi keeps its configuration in context variables: a context of its own leaves none.
    return contextvars.copy_context().run(read)


class TestStackFiles:
    """A file that is not one says so, with its name and what to do."""

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("config:\n  a: [1, 2\n", "is not YAML"),
            ("config:\n\tflask-fargate:stage: x\n", "is not YAML"),
            ("config:\n  flask-fargate:stage: a\n  flask-fargate:stage: b\n", "twice"),
            ("", "no `config:` block"),
            ("config:\n", "no `config:` block"),
            ("just a text\n", "no `config:` block"),
            ("- a\n- b\n", "no `config:` block"),
        ],
        ids=["brackets", "tab", "key-twice", "empty", "no-keys", "text", "list"],
    )
    def test_a_broken_file_is_refused(self, tmp_path: Path, text: str, said: str) -> None:
        (tmp_path / "Pulumi.mine.yaml").write_text(text)
        with pytest.raises(StackFileError, match=said) as refusal:
            read_stack("mine", tmp_path)
        assert "Pulumi.mine.yaml" in str(refusal.value), "nobody knows which file is meant"

    def test_a_stack_without_a_file_gets_the_names_of_those_with_one(self, tmp_path: Path) -> None:
        (tmp_path / "Pulumi.yaml").write_text("name: x\n")
        (tmp_path / "Pulumi.staging.yaml").write_text("config: {}\n")
        with pytest.raises(StackFileError, match=r"Pulumi\.prd\.yaml; .*: staging\."):
            read_stack("prd", tmp_path)

    def test_other_namespaces_and_odd_keys_are_left_alone(self, tmp_path: Path) -> None:
        text = "config:\n  aws:region: x\n  1: y\n  flask-fargate:stage: a\n"
        (tmp_path / "Pulumi.mine.yaml").write_text(text)
        assert read_stack("mine", tmp_path) == {"stage": "a"}, "another provider's keys are refused"

    def test_an_encrypted_value_is_a_stand_in_at_every_depth(self, tmp_path: Path) -> None:
        text = "config:\n  flask-fargate:a:\n    b: [{secure: v1:x}, 2]\n    c: {secure: v1:y}\n"
        (tmp_path / "Pulumi.mine.yaml").write_text(text)
        found = read_stack("mine", tmp_path)
        assert found == {"a": {"b": [ENCRYPTED, 2], "c": ENCRYPTED}}, (
            "ciphertext is taken for a value"
        )

    @pytest.mark.parametrize(
        ("written", "value"),
        [
            *((each, each) for each in ("on", "Off", "yes", "NO", "y", "tRue", "1:30", "1:30:15")),
            *((each, True) for each in ("true", "True", "TRUE")),
            *((each, None) for each in ("", "~", "null", "Null", "NULL")),
            ("010", 8),
            ("-010", -8),
            ("0o17", 15),
            ("019", 19),
            ("0x10", 16),
            ("0xzz", "0xzz"),
            ("0b11", 3),
            ("1_000", 1000),
            ("9223372036854775807", 9223372036854775807),
            ("18446744073709551615", 18446744073709552000),
            ("0xfffffffffffffffffffff", "0xfffffffffffffffffffff"),
            ("1.10", 1.1),
            ("1.0", 1),
            ("1e3", 1000),
            ("1e21", 1e21),
            (".5", 0.5),
            ("1e400", "1e400"),
            (".inf", math.inf),
            ("1.2.3", "1.2.3"),
            ("2024-01-02", "2024-01-02 00:00:00 +0000 UTC"),
            ("2024-1-2 3:04:05.250", "2024-01-02 03:04:05.25 +0000 UTC"),
            ("2024-01-02T03:04:05+02:00", "2024-01-02 03:04:05 +0200 +0200"),
            *((each, each) for each in ("2024-13-02", "2024-01-02T03:04:05", "=", "<<")),
            ('"010"', "010"),
            ("'on'", "on"),
            ("!!str 010", "010"),
            ("[on, 0x10, 2]", ["on", 16, 2]),
        ],
    )
    def test_values_are_what_the_engine_hands_over(
        self, tmp_path: Path, written: str, value: object
    ) -> None:
        # What `pulumi config --json` (3.200) says of the same files, as does the program.
        text = f"config:\n  flask-fargate:a:\n    B: {written}\n"
        (tmp_path / "Pulumi.mine.yaml").write_text(text)
        found = read_stack("mine", tmp_path)["a"]["B"]
        assert (found, type(found)) == (value, type(value)), "a plan of other values than will run"

    def test_names_are_texts(self, tmp_path: Path) -> None:
        text = (
            "config:\n  flask-fargate:a: {ON: 1, yes: 2, 12: 3, 010: 4, true: 5, 1.50: 6, ~: 7}\n"
        )
        (tmp_path / "Pulumi.mine.yaml").write_text(text)
        assert list(read_stack("mine", tmp_path)["a"]) == [
            *("ON", "yes", "12", "8", "true", "1.5", "<nil>"),
        ]

    def test_what_is_merged_in_is_there(self, tmp_path: Path) -> None:
        text = "config:\n  flask-fargate:a: &a {X: 1}\n  flask-fargate:b: {<<: *a, Y: 2}\n"
        (tmp_path / "Pulumi.mine.yaml").write_text(text)
        assert read_stack("mine", tmp_path)["b"] == {"X": 1, "Y": 2}

    def test_a_secret_that_only_the_stacks_key_can_read_is_planned_with(
        self, tmp_path: Path
    ) -> None:
        text = (REFERENCE / "Pulumi.prod.yaml").read_text()
        plain = "  flask-fargate:secrets: {}\n"
        assert plain in text, "the test changes nothing"
        encrypted = "  flask-fargate:secrets:\n    API_TOKEN: {secure: v1:x}\n"
        (tmp_path / "Pulumi.prod.yaml").write_text(text.replace(plain, encrypted))
        settings = load_settings(read_stack("prod", tmp_path), PROCFILE)
        assert list(settings.secrets) == ["API_TOKEN"], "a plan needs the stack's passphrase"


class TestTheEnginesConfiguration:
    """What the engine hands over is what the file says."""

    def test_blocks_are_parsed_and_texts_are_not(self) -> None:
        found = handed_over(
            {
                "flask-fargate:account-id": "012345678901",
                "flask-fargate:waf": '{"enabled": true}',
                "flask-fargate:owner": "[team",
                "aws:region": "eu-west-1",
            }
        )
        assert found == {
            "account-id": "012345678901",
            "waf": {"enabled": True},
            "owner": "[team",
        }, "an account loses its zero, or a text with a bracket ends in a traceback"

    def test_secrets_that_were_encrypted_are_known_to_be(self) -> None:
        given = {"flask-fargate:secrets": f'{{"API_TOKEN": "{HIDDEN}", "PIN": 4711}}'}
        found = handed_over(given, secret=["flask-fargate:secrets"])["secrets"]
        assert {name: value.get_secret_value() for name, value in found.items()} == {
            "API_TOKEN": HIDDEN,
            "PIN": "4711",
        }, "the application gets another value than was set"
        assert HIDDEN not in repr(found), "it would be shown by the first message about it"

    def test_secrets_in_plain_are_refused_without_repeating_them(self) -> None:
        given = {"flask-fargate:secrets": f'{{"API_TOKEN": "{HIDDEN}"}}'}
        with pytest.raises(SettingsError) as refusal:
            load_settings({**config_of("prod"), **handed_over(given)}, PROCFILE)
        assert [each.key for each in refusal.value.problems] == ["secrets.API_TOKEN"]
        assert HIDDEN not in str(refusal.value), "the secret would lie in every log of a failed run"

    def test_an_encrypted_value_among_the_plain_ones_is_refused(self) -> None:
        given = {"flask-fargate:config": f'{{"API_TOKEN": "{HIDDEN}"}}'}
        found = handed_over(given, secret=["flask-fargate:config"])
        with pytest.raises(SettingsError, match="only a plain value is allowed") as refusal:
            load_settings({**config_of("prod"), **found}, PROCFILE)
        assert HIDDEN not in str(refusal.value)

    def test_a_secret_for_the_whole_block_is_refused_without_repeating_it(self) -> None:
        found = handed_over({"flask-fargate:secrets": HIDDEN}, secret=["flask-fargate:secrets"])
        with pytest.raises(SettingsError, match="a block of keys is allowed") as refusal:
            load_settings({**config_of("prod"), **found}, PROCFILE)
        assert HIDDEN not in str(refusal.value)


class TestVariables:
    """What YAML reads as a number or as true is a text in an environment."""

    @pytest.mark.parametrize(
        ("given", "text"),
        [("on", "on"), (20, "20"), (-1, "-1"), (True, "true"), (False, "false"), ("", "")],
    )
    def test_become_the_text_that_was_meant(self, given: object, text: str) -> None:
        found = settings_of("prod", {"config": {"PAGE_SIZE": given}}).config
        assert found == {"PAGE_SIZE": text}, "the application reads something else"

    def test_that_are_secret_are_shown_by_no_text_of_the_settings(self) -> None:
        found = settings_of("prod", {"secrets": {"API_TOKEN": {"secure": HIDDEN}}})
        assert found.secrets["API_TOKEN"].get_secret_value() == HIDDEN
        assert HIDDEN not in f"{found!r} {found} {found.model_dump_json()}", "a log would hold it"

    def test_that_are_too_long_together_are_refused(self) -> None:
        names = [f"LICENCE_{number}" for number in range(4)]
        secrets = {name: SecretStr("x" * LONGEST_SECRET) for name in names}
        (problem,) = problems_of({**config_of("prod"), "secrets": secrets})
        assert (problem.key, problem.write) == ("secrets", "fewer or shorter ones"), (
            "Secrets Manager refuses them in the middle of up"
        )
        assert not problems_of({**config_of("prod"), "secrets": dict(list(secrets.items())[:3])})

    def test_that_are_too_long_alone_are_refused(self) -> None:
        changes = {"secrets": {"LICENCE": {"secure": "x" * (LONGEST_SECRET + 1)}}}
        (problem,) = problems_of(config_of("prod", changes))
        assert problem.given == "an encrypted value", "it is repeated"
