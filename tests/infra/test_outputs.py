"""What a stack tells about itself: the only address that operators and tools have."""

import re
from pathlib import Path

from planning.plan import ROOT
from planning.recording import Recording
from tests.infra.planned import processes

OUTPUTS = Path(ROOT, "docs", "outputs.md")


class TestOutputs:
    """Names that tools rely on; docs/outputs.md explains each."""

    def documented(self) -> dict[str, str]:
        rows = re.findall(r"^\| `([a-z_]+)` \| (.*)$", OUTPUTS.read_text(), re.MULTILINE)
        return dict(rows)

    def test_are_explained_one_by_one(self, prod: Recording) -> None:
        assert sorted(self.documented()) == sorted(prod.outputs), "docs/outputs.md is out of date"

    def test_are_the_same_for_every_stack(self, prod: Recording, recording: Recording) -> None:
        assert set(recording.outputs) == set(prod.outputs), "a tool works with one stack only"

    def test_are_empty_only_where_the_page_says_so(self, recording: Recording) -> None:
        empty = {name for name, value in recording.outputs.items() if value in ("", None, [], {})}
        queues = {"queue_names", "dead_letter_urls", "dead_letter_names"}
        said = {name for name, row in self.documented().items() if "; empty with" in row} | queues
        assert empty <= said, "whoever asks for these gets nothing"

    def test_of_processes_have_an_entry_for_each(self, recording: Recording) -> None:
        names = processes(recording)
        services = [name for name in names if name not in ("release", "console")]
        assert list(recording.outputs["task_definition_arns"]) == sorted(names)
        assert list(recording.outputs["service_names"]) == sorted(services)
        groups = {*names, "exec", "flow", "maintenance"} - {"console"}
        assert set(recording.outputs["log_group_names"]) == groups

    def test_hold_no_secret_value(self, recording: Recording) -> None:
        assert not recording.secret_outputs, "a tool would need the stack's passphrase to read it"
        values = str(recording.outputs)
        secrets = [
            str(each.inputs.get("secretString"))
            for each in recording.of_type("aws:secretsmanager/secretVersion:SecretVersion")
        ]
        assert not [secret for secret in secrets if secret in values], "the output is the secret"

    def test_begin_with_the_address_by_its_protocol(self, prod: Recording, bare: Recording) -> None:
        assert prod.outputs["address"] == "https://www.example.com/"
        assert re.fullmatch(
            r"http://flaskapp-prod.*\.elb\.amazonaws\.com/", bare.outputs["address"]
        )
