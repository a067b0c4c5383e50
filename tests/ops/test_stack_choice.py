"""Which stack is meant, where it is, and what it told of itself."""

import json
from pathlib import Path

import pytest

from infra.naming import outputs_parameter
from ops.access import place_of
from ops.outputs import parse
from ops.problems import OpsError
from ops.selection import selected_stack
from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.stack import ACCOUNT, PREFIX, REGION, Stack


@pytest.fixture
def pulumi(tmp_path: Path) -> dict[str, str]:
    """A PATH with a Pulumi CLI that has selected prod."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho team/flask-fargate/prod\n")
    program.chmod(0o755)
    return {"PATH": f"{program.parent}:/usr/bin:/bin"}


class TestWhichStack:
    def test_the_option_is_before_the_variable_and_that_before_pulumi(
        self, root: Path, pulumi: dict[str, str]
    ) -> None:
        both = {**pulumi, "STACK": "staging"}
        assert selected_stack("prod", root, both) == "prod"
        assert selected_stack(None, root, both) == "staging"
        assert selected_stack(None, root, pulumi) == "prod", "of `owner/project/stack` the last"

    def test_without_any_the_stacks_are_named(self, root: Path) -> None:
        with pytest.raises(OpsError, match="there are: prod, staging") as caught:
            selected_stack(None, root, {"PATH": "/nonexistent"})
        assert caught.value.exit_code == 2

    def test_pulumi_without_a_selection_is_no_answer(
        self, root: Path, pulumi: dict[str, str]
    ) -> None:
        program = Path(pulumi["PATH"].partition(":")[0]) / "pulumi"
        program.write_text("#!/bin/sh\necho 'error: no stack selected'\nexit 1\n")
        with pytest.raises(OpsError, match="Which stack"):
            selected_stack(None, root, pulumi)

    def test_a_pulumi_that_make_up_has_fetched_is_asked(self, root: Path) -> None:
        program = root / ".pulumi-cli" / "3.261.0" / "pulumi"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\necho staging\n")
        program.chmod(0o755)
        assert selected_stack(None, root, {"PATH": "/usr/bin:/bin"}) == "staging"

    @pytest.mark.parametrize("script", ["#!/bin/sh\nexec sleep 60\n", "no program"])
    def test_pulumi_that_does_not_answer_is_no_answer(
        self, root: Path, pulumi: dict[str, str], script: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ops.selection.ANSWER_SECONDS", 0.2)
        (Path(pulumi["PATH"].partition(":")[0]) / "pulumi").write_text(script)
        with pytest.raises(OpsError, match="Which stack"):
            selected_stack(None, root, pulumi)

    def test_one_without_a_file_is_refused(self, root: Path) -> None:
        with pytest.raises(OpsError, match=r"There is no Pulumi.qa.yaml here"):
            selected_stack("qa", root, {})


class TestWhereItIs:
    def test_the_file_says_region_account_name_and_tags(self, root: Path) -> None:
        place = place_of("staging", root)
        assert (place.prefix, place.access.region) == (PREFIX, REGION)
        assert place.access.account_id == ACCOUNT
        assert place.tags == {"Project": "flaskapp", "Environment": "staging"}
        assert not place.is_emulated

    @pytest.mark.parametrize(
        "content",
        [
            "config: {}",
            "config: [",
            "nothing",
            "config:\n  flask-fargate:app-name: flaskapp\n  flask-fargate:stage: staging\n"
            "  flask-fargate:region: x\n  flask-fargate:account-id: '1'\n"
            "  flask-fargate:aws-endpoints: [x]\n",
        ],
        ids=["empty", "no YAML", "no block", "another kind"],
    )
    def test_a_file_that_cannot_be_used_says_so(self, root: Path, content: str) -> None:
        (root / "Pulumi.staging.yaml").write_text(content)
        with pytest.raises(OpsError, match=r"Pulumi\.staging\.yaml cannot be used") as caught:
            place_of("staging", root)
        assert "`make plan STACK=staging`" in str(caught.value)


class TestWhatItTold:
    def test_it_is_read_from_the_parameter_store_once(
        self, ops: Ops, stack: Stack, aws: Calls
    ) -> None:
        ops("ps")
        asked = aws.with_parameters("ssm:GetParameter")
        assert asked == [{"Name": outputs_parameter(PREFIX)}]

    def test_what_another_version_did_not_tell_is_named(self, ops: Ops, stack: Stack) -> None:
        text = stack.ssm.get_parameter(Name=outputs_parameter(PREFIX))["Parameter"]["Value"]
        found = json.loads(text)
        del found["vault_name"], found["image"]
        stack.ssm.put_parameter(
            Name=outputs_parameter(PREFIX), Value=json.dumps(found), Overwrite=True
        )
        done = ops("open")
        assert done.code == 1
        assert "another version of this program, which does not tell: image, vault_name" in done.err
        assert "make up STACK=staging" in done.err

    def test_more_than_is_needed_is_no_fault(self, stack: Stack) -> None:
        text = stack.ssm.get_parameter(Name=outputs_parameter(PREFIX))["Parameter"]["Value"]
        assert parse(json.dumps({**json.loads(text), "new": 1}), "staging") == stack.outputs

    @pytest.mark.parametrize("text", ["", "no JSON", "3", "null"])
    def test_what_is_no_set_of_outputs_is_another_versions(self, text: str) -> None:
        with pytest.raises(OpsError, match="writes its outputs in another form"):
            parse(text, "staging")

    def test_an_output_of_another_kind_is_named(self, stack: Stack) -> None:
        text = stack.ssm.get_parameter(Name=outputs_parameter(PREFIX))["Parameter"]["Value"]
        with pytest.raises(OpsError, match="means something else by database_port"):
            parse(json.dumps({**json.loads(text), "database_port": "many"}), "staging")

    def test_web_comes_first_among_the_processes(self, stack: Stack) -> None:
        assert stack.outputs.processes == ("web", "schedule", "worker")
