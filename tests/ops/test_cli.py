"""The command line itself: help, words that are no verbs, how quickly it starts."""

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ops.cli import program
from ops.verb import VerbCommand, VerbGroup, group, verb
from ops.verb_list import HEROKU, VERBS, module_of
from tests.ops.conftest import Ops
from tests.ops.stack import Stack

ROOT = Path(__file__).parent.parent.parent
# What costs most of the time that a start takes; a verb imports it when it works.
HEAVY = {"boto3", "botocore", "moto", "pydantic", "requests", "rich", "yaml"}
LIMIT_SECONDS = 0.3


def _run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


class TestHelp:
    def test_every_verb_is_named_with_what_it_does(self) -> None:
        shown = _run("--help")
        assert shown.returncode == 0
        for name, text in VERBS.items():
            assert any(
                line.split()[:1] == [name] and text.split()[0] in line
                for line in shown.stdout.splitlines()
            ), name

    def test_it_needs_less_than_a_third_of_a_second(self) -> None:
        """CPU time, as other programs may keep the machine busy; the fastest of three."""
        spent = []
        for _ in range(3):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            _run("--help")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert min(spent) < LIMIT_SECONDS, "a person waits for each --help and each tab"

    @pytest.mark.parametrize("words", [["--help"], ["ps", "--help"], ["release", "info", "-h"]])
    def test_nothing_heavy_is_imported_for_it(self, words: list[str]) -> None:
        code = (
            "import sys; from ops.cli import program\n"
            f"program.main({words}, standalone_mode=False)\n"
            f"print(sorted({HEAVY} & set(sys.modules)), file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stderr.strip() == "[]", "the start takes twice as long with any of these"

    def test_a_verb_explains_itself(self) -> None:
        shown = _run("status", "--help").stdout
        assert "The exit code is 0 when nothing is wrong" in shown
        assert "--stack NAME" in shown
        assert "--json" in shown


class TestWords:
    def test_a_word_that_is_nearly_a_verb_is_answered_with_the_verb(self) -> None:
        done = _run("relaeses")
        assert done.returncode == 2
        assert "There is no verb 'relaeses'. Did you mean releases" in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_word_like_no_verb_is_only_refused(self) -> None:
        assert "There is no verb 'xyzzy'.\n" in _run("xyzzy").stderr

    def test_no_stack_at_all_is_a_question_with_the_answers(self) -> None:
        done = _run("ps", PATH="/nonexistent", STACK="")
        assert done.returncode == 2
        assert done.stderr.startswith("Which stack? Write --stack NAME or set STACK; there are: ")

    def test_a_reader_that_has_seen_enough_is_no_fault(self) -> None:
        """As `bin/ops logs | head` does, but before the first line."""
        done = subprocess.Popen(
            [sys.executable, "-m", "ops", "completion", "bash"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        said = done.stderr.read()
        done.stderr.close()
        assert (done.wait(), said) == (141, "")

    def test_one_that_went_in_the_middle_is_none_either(self) -> None:
        """Tables and lines are Rich's, which would end the program as one that has failed."""
        code = (
            "from ops.verbs import completion as verb; from ops.verb import verb as make\n"
            "def show(operation):\n"
            "    for _ in range(9000): operation.report.print('a line of the result')\n"
            "verb.command = make('completion')(show)\n"
            "import sys; sys.argv = ['ops', 'completion']\n"
            "from ops.cli import main; main()"
        )
        done = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert done.stdout is not None
        assert done.stderr is not None
        assert done.stdout.readline() == "a line of the result\n"
        done.stdout.close()
        said = done.stderr.read()
        done.stderr.close()
        assert (done.wait(), said) == (141, "")


class TestCtrlC:
    def test_a_question_that_aws_does_not_answer_is_left(self) -> None:
        code = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
            "from ops import at_once; from ops.verbs import completion as module\n"
            "from ops.verb import verb\n"
            "def ask():\n"
            "    print('asked', flush=True)\n"
            "    time.sleep(60)\n"
            "def show(operation):\n"
            "    with at_once.questions() as pool: pool.submit(ask).result()\n"
            "module.command = verb('completion')(show)\n"
            "sys.argv = ['ops', 'completion']\n"
            "from ops.cli import main; main()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as done:
            assert done.stdout is not None
            assert done.stdout.readline() == "asked\n"
            done.send_signal(signal.SIGINT)
            try:
                _, said = done.communicate(timeout=10)
            finally:
                done.kill()
        assert (done.returncode, said.strip()) == (130, "Stopped.")


class TestFailure:
    def test_threads_that_still_ask_are_left(self) -> None:
        """Python would wait for them at the end of the program."""
        code = (
            "import sys, time\n"
            "from ops import at_once; from ops.verbs import completion as module\n"
            "from ops.problems import OpsError; from ops.verb import verb\n"
            "def refuse():\n"
            "    raise OpsError('AWS refuses.', exit_code=3)\n"
            "def show(operation):\n"
            "    with at_once.questions() as pool:\n"
            "        pool.submit(time.sleep, 60)\n"
            "        pool.submit(refuse).result()\n"
            "module.command = verb('completion')(show)\n"
            "sys.argv = ['ops', 'completion']\n"
            "from ops.cli import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert (done.returncode, done.stderr) == (3, "AWS refuses.\n")


class TestTerminalsOfAnotherAlphabet:
    def _told(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        code = (
            "from ops.verbs import completion as module; from ops.verb import verb\n"
            "def show(operation):\n"
            "    operation.report.print('✓ ü €')\n"
            "    operation.report.table(['a'], [['✓']])\n"
            "    operation.report.pass_on('€ ü')\n"
            "    operation.report.document({'mark': '✓ ü'})\n"
            "    operation.report.say('→ ü')\n"
            "module.command = verb('completion')(show)\n"
            f"import sys; sys.argv = ['ops', 'completion', *{words}]\n"
            "from ops.cli import main; main()"
        )
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "latin-1", "COLUMNS": "80"},
            capture_output=True,
            check=False,
        )

    def test_what_it_lacks_is_replaced(self) -> None:
        done = self._told()
        assert (done.returncode, done.stderr.decode("latin-1")) == (0, "? ü\n")
        said = done.stdout.decode("latin-1").splitlines()
        assert (said[0], said[-1]) == ("? ü ?", "? ü")

    def test_a_program_misses_nothing(self) -> None:
        done = self._told("--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.decode("latin-1")) == {"mark": "✓ ü"}


class TestHeroku:
    """Who knows Heroku writes a colon."""

    def test_a_colon_is_a_blank(self, ops: Ops, stack: Stack) -> None:
        assert ops("config:list").out == ops("config").out
        assert "no `config sett`; there are: list, get, set, unset." in ops("config:sett", "A").err
        assert "There is no verb 'pg:info'" in ops("pg:info").err

    def test_another_name_is_understood(self, ops: Ops, stack: Stack) -> None:
        assert "web=3 for three of them" in ops("ps:scale", "web=").err
        words = [words[0] for words in HEROKU.values()]
        assert set(words) <= set(VERBS)


class TestOptionsBeforeTheVerb:
    def test_the_stack_may_stand_first(self, ops: Ops, stack: Stack) -> None:
        assert ops("--stack", "staging", "open", stack=None).out == ops("open").out

    def test_json_may_stand_first(self, ops: Ops, stack: Stack) -> None:
        assert json.loads(ops("--json", "open").out)["address"] == stack.outputs.address

    def test_what_stands_behind_the_verb_is_meant(self, ops: Ops, stack: Stack) -> None:
        done = ops("--stack", "prod", "open")
        assert done.code == 0, done.err


class TestGroups:
    def test_the_first_is_meant_when_none_is_named(self) -> None:
        @verb("pet feed")
        @click.argument("what", required=False)
        def feed(operation: object, what: str | None) -> int:
            return 7 if what == "hay" else 3

        @verb("pet give-away", changes=True)
        def give(operation: object) -> int:
            return 5

        pets = group("pet", [feed, give], "Pets.")

        def run(*words: str) -> object:
            return pets.main(list(words), standalone_mode=False)

        assert (run(), run("hay"), run("feed", "hay"), run("give-away", "--yes")) == (3, 7, 7, 5)
        assert pets.changes
        assert not group("pet", [feed], "Pets.").changes

    def test_a_word_that_is_none_of_them_is_answered_with_those_that_are(self) -> None:
        assert (
            "no `maintenance over`; there are: status, on, off."
            in _run("maintenance", "over", "--stack", "staging").stderr
        )

    @pytest.mark.parametrize("name", VERBS)
    def test_every_verb_of_the_list_is_there_and_takes_a_stack(self, name: str) -> None:
        context = click.Context(program)
        command = program.get_command(context, name)
        assert isinstance(command, (VerbCommand, VerbGroup)), module_of(name)
        commands = command.commands.values() if isinstance(command, VerbGroup) else [command]
        for each in commands:
            options = {option for param in each.params for option in param.opts}
            assert {"--stack", "--json"} <= options, each.name
            assert ("--yes" in options) == getattr(each, "changes", False), each.name
            assert each.help, "--help says what it does"
