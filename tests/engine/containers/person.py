"""A person at `bin/ops`, in a copy of the project whose stack runs."""

import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.engine.updating import STACK, wait_until

VERB_SECONDS = 300
# A person's own AWS and Pulumi settings do not count: the verb finds its way by the stack's file.
WITHHELD = ("AWS_", "PULUMI_ACCESS", "PULUMI_BACKEND", "PULUMI_CONFIG", "PULUMI_STACK", "STACK")


@dataclass(frozen=True)
class Done:
    """How a verb ended, and what it said where."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """What --json printed."""
        return json.loads(self.out)


class Verb:
    """A verb that runs."""

    def __init__(self, folder: Path, words: tuple[str, ...], typed: str) -> None:
        place = Path(tempfile.mkdtemp(dir=folder.parent))
        self._out, self._err = place / "out", place / "err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self._process = subprocess.Popen(
                ["bin/ops", "--stack", STACK, *words],
                cwd=folder,
                env={name: value for name, value in os.environ.items() if _counts(name)},
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=err,
                text=True,
            )
        assert self._process.stdin
        self._process.stdin.write(typed)
        self._process.stdin.close()

    @property
    def out(self) -> str:
        """What it has printed so far."""
        return self._out.read_text()

    @property
    def err(self) -> str:
        """What it has said beside that."""
        return self._err.read_text()

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_for(self, words: str) -> None:
        """Wait until it has printed these words."""
        wait_until(lambda: words in self.out or not self.runs, f"{words!r} of a verb", 60)
        assert words in self.out, f"it ended without {words!r}: {self.out[-2000:]}{self.err}"

    def press_ctrl_c(self) -> Done:
        """Stop it as a person does; how it ended."""
        self._process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> Done:
        """Wait for its end."""
        code = self._process.wait(VERB_SECONDS)
        return Done(code, self.out, self.err)

    def kill(self) -> None:
        """End it for certain."""
        self._process.kill()
        self._process.wait()


@dataclass
class Person:
    """Types verbs; `leave` ends what still runs of them."""

    folder: Path
    begun: list[Verb] = field(default_factory=list)

    def begin(self, *words: str, typed: str = "") -> Verb:
        """Begin a verb."""
        verb = Verb(self.folder, words, typed)
        self.begun.append(verb)
        return verb

    def try_ops(self, *words: str, typed: str = "") -> Done:
        """A verb, however it ends."""
        return self.begin(*words, typed=typed).end()

    def ops(self, *words: str, typed: str = "") -> Done:
        """A verb that must succeed."""
        done = self.try_ops(*words, typed=typed)
        assert done.code == 0, f"{' '.join(words)}: {done.code}\n{done.out[-3000:]}\n{done.err}"
        return done

    def leave(self) -> None:
        """Nothing goes on."""
        for verb in self.begun:
            if verb.runs:
                verb.kill()


def _counts(name: str) -> bool:
    return not name.startswith(WITHHELD)
