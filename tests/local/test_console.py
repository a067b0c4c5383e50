"""What reaches the terminal, line by line."""

import io

from local.console import Console


def console(colour: bool) -> tuple[Console, io.StringIO, list[str]]:
    output, lost = io.StringIO(), list[str]()
    made = Console(output, colour=colour, lost=lambda: lost.append("lost"))
    made.introduce(["web", "release"])
    return made, output, lost


def test_prefixes_are_equally_wide() -> None:
    made, output, _ = console(colour=False)
    made.write("web", "a")
    made.write("release", "b")
    made.say("c\nd")
    assert output.getvalue() == "web     | a\nrelease | b\nup      | c\nup      | d\n"


def test_colour_ends_with_the_line_that_used_it() -> None:
    made, output, _ = console(colour=True)
    made.write("web", "\x1b[31mred")
    assert output.getvalue().endswith("\x1b[31mred\x1b[0m\n"), "the rest of the screen turns red"


def test_each_process_has_its_own_colour() -> None:
    made, output, _ = console(colour=True)
    made.write("web", "x")
    made.write("release", "x")
    first, second = output.getvalue().splitlines()
    assert first.split("m")[0] != second.split("m")[0], "the processes look alike"


def test_a_closed_terminal_is_reported_once_and_raises_nothing() -> None:
    made, output, lost = console(colour=False)
    output.close()
    made.say("a")
    made.say("b")
    assert lost == ["lost"], (
        "a closed terminal would leave everything running or end in a traceback"
    )
