"""`open` and `dashboard`: where the stack is to be seen."""

import json
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ops.console_pages import OTHER_PAGES
from ops.report import Report
from ops.verb import Operation
from tests.ops.calls import check_needs
from tests.ops.conftest import REFERENCE, Ops
from tests.ops.stack import PREFIX, Stack


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that a browser was given."""
    seen: list[str] = []

    def note(address: str) -> bool:
        seen.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", note)
    return seen


def test_the_address_is_printed(ops: Ops, stack: Stack, opened: list[str]) -> None:
    assert ops("open").out == "https://staging.example.com/\n"
    assert not opened, "nobody sees a browser where the output goes into a file"


def test_a_program_gets_the_balancers_name_too(ops: Ops, stack: Stack) -> None:
    assert json.loads(ops("open", "--json").out) == {
        "address": "https://staging.example.com/",
        "balancer": stack.outputs.balancer_dns_name,
    }


def test_an_emulated_stack_is_where_this_machine_finds_it(
    ops: Ops, stack: Stack, root: Path
) -> None:
    (root / "Pulumi.emulated.yaml").write_text((REFERENCE / "Pulumi.emulated.yaml").read_text())
    opening = Operation("open", "emulated", Report(as_json=False), root=root)
    opening.__dict__["outputs"] = stack.outputs
    name = stack.outputs.balancer_arn.split("/")[2]
    assert opening.address == f"http://{name}.alb.localhost:4566/", "AWS's name leads nowhere"


def test_in_a_terminal_a_browser_opens(
    ops: Ops, stack: Stack, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _be_a_terminal(monkeypatch)
    ops("open")
    ops("open", "--print")
    ops("dashboard", "web")
    assert opened[0] == "https://staging.example.com/"
    assert len(opened) == 2
    assert f"/services/{PREFIX}-web/" in opened[1]


def test_where_there_is_no_browser_the_address_is_enough(
    ops: Ops, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    _be_a_terminal(monkeypatch)
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    for words in (["open"], ["dashboard", "logs"]):
        done = ops(*words)
        assert done.code == 0
        assert done.out.startswith("https://")
        assert "There is no browser here" in done.err


def test_every_page_of_the_console_is_listed(ops: Ops, stack: Stack) -> None:
    pages = json.loads(ops("dashboard", "--json").out)
    assert set(pages) == {*OTHER_PAGES, *stack.outputs.processes}, "the tab key offers others"
    for part, address in pages.items():
        assert (urlsplit(address).hostname or "").endswith("console.aws.amazon.com"), part
        assert f"{part} " in ops("dashboard").out
    assert f"$3D{PREFIX}" in pages["logs"], "the console wants its own way of writing `=`"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_other_partitions_have_other_consoles(
    ops: Ops, stack: Stack, region: str, host: str
) -> None:
    stack.publish(region=region)
    assert urlsplit(json.loads(ops("dashboard", "web", "--json").out)["web"]).hostname == host


def test_a_page_that_there_is_not_is_answered_with_those_that_there_are(
    ops: Ops, stack: Stack
) -> None:
    done = ops("dashboard", "wbe")
    assert done.code == 2
    assert "There is no page 'wbe'; there are: cluster, " in done.err


def test_they_need_nothing_but_the_outputs(ops: Ops, stack: Stack, calls: list[str]) -> None:
    ops("open")
    ops("dashboard")
    for name in ("open", "dashboard"):
        check_needs(name, calls)


def _be_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from ops.verbs import dashboard
    from ops.verbs import open as open_verb

    class Terminal:
        """Takes the place of `sys` in the verbs: click gives them an output that is none."""

        class stdout:  # noqa: N801
            isatty = staticmethod(lambda: True)

    monkeypatch.setattr(open_verb, "sys", Terminal)
    monkeypatch.setattr(dashboard, "sys", Terminal)
