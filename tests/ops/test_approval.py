"""Asking before something is changed."""

import click
import pytest

from ops.verb import Operation, verb
from tests.ops.conftest import Done, Ops
from tests.ops.stack import Stack


@pytest.fixture(autouse=True)
def _ask(ops: Ops, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `open` a verb that asks; its exit code is 9 once it may go on."""
    from ops.verbs import open as open_verb

    @verb("open", changes=True)
    @click.option("--destructive", is_flag=True)
    def command(operation: Operation, destructive: bool) -> int:
        operation.approval.ask(["The database is emptied.", "Really."], destructive=destructive)
        return 9

    monkeypatch.setattr(open_verb, "command", command)


DONE = 9


def _refused(done: Done) -> bool:
    return done.code not in {0, DONE}


def test_the_plan_is_shown_and_a_yes_goes_on(ops: Ops) -> None:
    done = ops("open", input="y\n")
    assert done.code == DONE
    assert done.err.startswith("The database is emptied.\nReally.\n")
    assert done.out == "", "what is asked is no result"


def test_a_no_changes_nothing(ops: Ops) -> None:
    done = ops("open", input="n\n")
    assert done.code == 1
    assert done.err.endswith("Nothing was changed.")


@pytest.mark.parametrize("answer", ["\n", "maybe\nn\n"])
def test_what_is_no_yes_is_a_no(ops: Ops, answer: str) -> None:
    assert _refused(ops("open", input=answer))


def test_ctrl_c_at_the_question_changes_nothing_and_says_so(ops: Ops, stack: Stack) -> None:
    """An end of the input means the same."""
    done = ops("open", input="")
    assert (done.code, done.err.splitlines()[-1]) == (130, "Nothing was changed.")
    stack.publish(protected=True)
    done = ops("open", "--destructive", input="")
    assert (done.code, done.err.splitlines()[-1]) == (130, "Nothing was changed.")


def test_yes_is_not_asked_for_with_the_option(ops: Ops) -> None:
    done = ops("open", "--yes")
    assert done.code == DONE
    assert "The database is emptied." in done.err, "a script's log shows what was done"


def test_where_nobody_can_answer_nothing_is_changed(ops: Ops) -> None:
    done = ops("open")
    assert done.code == 2
    assert "nobody can be asked here.\nAdd --yes when that is what you want." in done.err


def test_a_destructive_plan_of_a_protected_stack_needs_its_name(ops: Ops, stack: Stack) -> None:
    stack.publish(protected=True)
    assert ops("open", "--destructive", input="staging\n").code == DONE
    assert ops("open", "--destructive", input="stagin\n").err.endswith(
        "That is not the stack's name. Nothing was changed."
    )


def test_yes_is_no_consent_to_a_destructive_plan_of_a_protected_stack(
    ops: Ops, stack: Stack
) -> None:
    stack.publish(protected=True)
    done = ops("open", "--destructive", "--yes")
    assert done.code == 2
    assert "Nothing was changed: this needs a person" in done.err
    assert ops("open", "--yes").code == DONE, "what destroys nothing needs no name"
    assert ops("open", "--destructive", "--yes", input="n\n").code == 1


def test_a_destructive_plan_of_another_stack_needs_a_yes_only(ops: Ops) -> None:
    assert ops("open", "--destructive", input="y\n").code == DONE
    assert ops("open", "--destructive", "--yes").code == DONE
