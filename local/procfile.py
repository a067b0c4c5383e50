"""The Procfile: which processes the application has, and the plain command each of them is."""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from local.problems import LocalError

LINE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)\s*:\s*(?P<command>\S.*)")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
ASSIGNMENT = re.compile(r"\w+=")
SHELL_OPERATORS = frozenset("|&;()<>")


class ProcfileError(LocalError):
    """All problems of a Procfile, one line each."""

    def __init__(self, path: Path, problems: Iterable[str]) -> None:
        self.problems = list(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        super().__init__(f"{path} cannot be used:\n{lines}")


@dataclass(frozen=True)
class Process:
    """One line: a name and a command that runs without a shell, as it does in the image."""

    name: str
    command: str

    def argv(self, environment: Mapping[str, str]) -> list[str]:
        """Return the command's words, $NAME and ${NAME} replaced; LocalError for a missing one."""

        def value(match: re.Match[str]) -> str:
            name = match[1] or match[2]
            if name not in environment:
                raise LocalError(
                    f"The {self.name} command of the Procfile uses ${name}, which has no value.\n"
                    f"Write {name}=... into the file .env, or correct the name in the Procfile."
                )
            return environment[name]

        return [VARIABLE.sub(value, word) for word in shlex.split(self.command)]


@dataclass(frozen=True)
class Procfile:
    """The processes in the order of the file."""

    processes: tuple[Process, ...]

    @property
    def release(self) -> Process | None:
        """Return the command that runs once before the others, if there is one."""
        return next((process for process in self.processes if process.name == "release"), None)

    @property
    def services(self) -> tuple[Process, ...]:
        """Return the processes that keep running."""
        return tuple(process for process in self.processes if process.name != "release")


def read_procfile(path: Path) -> Procfile:
    """Read and check a Procfile; ProcfileError names every problem at once, with its line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise LocalError(
            f"There is no {path} here, so nothing says what to run.\n"
            "Run `make up` in the project's folder."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise LocalError(f"{path} cannot be read: {error}.") from error
    return parse_procfile(text, path)


def parse_procfile(text: str, path: Path) -> Procfile:
    """Make a Procfile of its text; `path` is only named in the error."""
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
    if "web" not in lines:
        problems.append("no line `web: command`: write the one that serves HTTP on $PORT")
    if problems:
        raise ProcfileError(path, problems)
    return Procfile(tuple(processes.values()))


def _command_problems(command: str) -> list[str]:
    """Return what in the command would need a shell; the image starts it without one."""
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
