"""The Procfile: which processes the application has, and the plain command each of them is."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)\s*:\s*(?P<command>\S.*)")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
ASSIGNMENT = re.compile(r"\w+=")
SHELL_OPERATORS = frozenset("|&;()<>")
RELEASE, WEB = "release", "web"
# No line of a Procfile: the stack makes this task of its own, for a person to enter.
CONSOLE = "console"
# What has a task definition and no service.
ONE_OFF = frozenset({RELEASE, CONSOLE})


class ProcfileError(Exception):
    """All problems of a Procfile, one line each."""

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{path} cannot be used:\n{lines}")


class MissingVariableError(Exception):
    """A command names a variable that has no value."""

    def __init__(self, process: str, variable: str) -> None:
        self.process, self.variable = process, variable
        super().__init__(
            f"The {process} command of the Procfile uses ${variable}, which has no value."
        )


@dataclass(frozen=True)
class Process:
    """One line: a name and a command that runs without a shell, as it does in the image."""

    name: str
    command: str

    @property
    def variables(self) -> set[str]:
        """The variables that the command names."""
        return {match[1] or match[2] for match in VARIABLE.finditer(self.command)}

    def argv(self, environment: Mapping[str, str]) -> list[str]:
        """The command's words, $NAME and ${NAME} replaced; MissingVariableError without a value."""

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name not in environment:
                raise MissingVariableError(self.name, name)
            return environment[name]

        return [VARIABLE.sub(value, word) for word in shlex.split(self.command)]


@dataclass(frozen=True)
class Procfile:
    """The processes in the order of the file."""

    processes: tuple[Process, ...]

    @property
    def release(self) -> Process | None:
        """The command that runs once before the others, if there is one."""
        return next((each for each in self.processes if each.name == RELEASE), None)

    @property
    def services(self) -> tuple[Process, ...]:
        """The processes that keep running."""
        return tuple(each for each in self.processes if each.name != RELEASE)

    @property
    def jobs(self) -> tuple[Process, ...]:
        """The processes that keep running and serve no requests."""
        return tuple(each for each in self.services if each.name != WEB)


def read_procfile(path: Path) -> Procfile:
    """Read and check a Procfile; ProcfileError names every problem at once, with its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProcfileError(path, ["it is not there, so nothing says what to run"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProcfileError(path, [f"it cannot be read: {error}"]) from error
    return parse_procfile(text, path)


def parse_procfile(text: str, path: Path) -> Procfile:
    """A Procfile of its text; `path` is only named in the error."""
    processes: dict[str, Process] = {}
    lines: dict[str, int] = {}
    problems: list[str] = []
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line or line.startswith("#"):
            continue
        match = LINE.fullmatch(line)
        if match is None:
            problems.append(f"line {number}: {line!r} is not of the form `name: command`")
        elif match["name"] in processes:
            problems.append(
                f"line {number}: {match['name']!r} stands already in line {lines[match['name']]}; "
                "give one of them another name"
            )
        else:
            name, command = match["name"], match["command"]
            problems += [f"line {number}: {problem}" for problem in _command_problems(command)]
            processes[name] = Process(name, command)
            lines[name] = number
    if WEB not in lines:
        problems.append("no line `web: command`: write the one that serves HTTP on $PORT")
    if problems:
        raise ProcfileError(path, problems)
    return Procfile(tuple(processes.values()))


def _command_problems(command: str) -> list[str]:
    """What in the command would need a shell; the image starts it without one."""
    try:
        words = list(shlex.shlex(command, posix=True, punctuation_chars=True))
    except ValueError:
        return [f"a quotation mark is not closed in {command!r}"]
    advice = "put it into a script and name that here"
    used = [word for word in words if set(word) <= SHELL_OPERATORS]
    used += re.findall(r"\$\(|`", command)
    problems = [f"{word!r} would need a shell; {advice}" for word in used[:1]]
    if ASSIGNMENT.match(command):
        problems.append(f"{command.split()[0]!r} is a setting, not a program; write it into .env")
    if "${" in VARIABLE.sub("", command):
        problems.append("only $NAME and ${NAME} are replaced; give defaults in the application")
    return problems
