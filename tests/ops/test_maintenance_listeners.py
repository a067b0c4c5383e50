"""`maintenance` when the balancer has another listener than it had: a domain came or went."""

from typing import Any

import pytest

from tests.ops.calls import Calls
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.looking import Look, only
from tests.ops.running import Running
from tests.ops.stack import Stack, client
from tests.ops.test_maintenance import rules, state
from tests.ops.test_maintenance_elsewhere import line
from tests.ops.world import World

ALLOWED = ("maintenance", "on", "--allow", "198.51.100.1", "--yes")
ON = ("maintenance", "on", "--yes")
OFF = ("maintenance", "off", "--yes")
DELETE = "elasticloadbalancing:DeleteRule"


@pytest.fixture(autouse=True)
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    World(aws)
    return Deploying.on(running, aws, monkeypatch)


def add_domain(stack: Stack) -> str:
    """As an update does that finds a domain: the listener stays and redirects, another one comes;
    the ARN of the first.
    """
    http = stack.outputs.listener_arn
    redirect = {"Port": "443", "Protocol": "HTTPS", "StatusCode": "HTTP_301"}
    client("elbv2").modify_listener(
        ListenerArn=http, DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}]
    )
    # Without a certificate, which makes no difference to its rules.
    https = client("elbv2").create_listener(
        LoadBalancerArn=stack.outputs.balancer_arn,
        Protocol="HTTP",
        Port=443,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": stack.outputs.target_group_arn}],
    )
    stack.publish(listener_arn=https["Listeners"][0]["ListenerArn"])
    return http


def rules_on(listener_arn: str) -> list[str]:
    """The priorities of a listener's rules but its own."""
    found = client("elbv2").describe_rules(ListenerArn=listener_arn)["Rules"]
    return sorted(each["Priority"] for each in found if not each["IsDefault"])


class TestADomainThatIsAdded:
    """The page stays where visitors are redirected; the application has a listener without it."""

    def test_is_neither_on_nor_off(self, ops: Ops, stack: Stack, look: Look) -> None:
        ops(*ALLOWED)
        add_domain(stack)
        done = ops("maintenance")
        said = f"Visitors of {stack.outputs.address} reach the application: the page is on another"
        assert (done.code, said in done.out) == (1, True), done.out
        assert "Let through" not in done.out, "everybody is"
        assert state(ops) == "partly"
        assert line(ops("status")) == (
            "✗ maintenance  visitors of https://staging.example.com/ reach the application: the "
            "page is on another listener only"
        )
        found = only(look("maintenance"))
        assert (found[0], "visitors of https://staging.example.com/" in found[1]) == (
            "problem",
            True,
        )
        assert "or `on` again" in found[2]

    def test_on_again_moves_the_page(self, ops: Ops, stack: Stack, aws: Calls) -> None:
        ops(*ALLOWED)
        http = add_domain(stack)
        done = ops(*ALLOWED)
        assert done.code == 0, done.err
        assert "What maintenance has left on another listener of the balancer goes." in done.err
        assert [each[0] for each in rules(stack)] == ["1", "10"]
        assert rules_on(http) == [], "who is let through comes in by plain HTTP"
        asked = [call for call in aws.made if "Rule" in call and "Describe" not in call]
        assert asked[-2:] == [DELETE, DELETE], "there was no page for a moment"
        assert state(ops) == "on"

    @pytest.mark.parametrize("words", [(OFF,), (ON, OFF)], ids=["at once", "after on again"])
    def test_off_takes_the_page_from_every_listener(
        self, words: tuple[tuple[str, ...], ...], ops: Ops, stack: Stack
    ) -> None:
        ops(*ALLOWED)
        http = add_domain(stack)
        for each in words:
            done = ops(*each)
        assert (done.code, done.out) == (0, "Maintenance is off.\n")
        assert rules(stack) == []
        assert rules_on(http) == [], "whoever comes by http:// gets the page for ever"
        assert state(ops) == "off"

    def test_what_was_left_by_half_is_told_and_taken_away(
        self, ops: Ops, stack: Stack, aws: Calls
    ) -> None:
        ops(*ALLOWED)
        http = add_domain(stack)
        aws.refuse(DELETE, "AccessDenied")
        assert ops(*ALLOWED).code == 1
        aws.refused.clear()
        done = ops("maintenance")
        assert (done.code, done.out.splitlines()[0][:18]) == (1, "Maintenance is on ")
        assert "Another listener of the balancer has rules of it as well." in done.out
        assert state(ops) == "unfinished"
        assert "That is so already" not in ops(*ALLOWED).out
        assert rules_on(http) == []

    def test_an_off_that_was_interrupted_goes_on(self, ops: Ops, stack: Stack, aws: Calls) -> None:
        ops(*ALLOWED)
        http = add_domain(stack)
        aws.refuse(DELETE, "AccessDenied")
        assert ops(*OFF).code == 1
        aws.refused.clear()
        assert "`maintenance off` has begun to take it back" in ops("maintenance").out
        assert ops(*OFF).code == 0
        assert rules_on(http) == []

    def test_rules_of_others_on_the_old_listener_stay(self, ops: Ops, stack: Stack) -> None:
        old: Any = [{"Field": "path-pattern", "Values": ["/old/*"]}]
        http = add_domain(stack)
        client("elbv2").create_rule(
            ListenerArn=http,
            Priority=3,
            Conditions=old,
            Actions=[{"Type": "forward", "TargetGroupArn": stack.outputs.target_group_arn}],
        )
        assert state(ops) == "off"
        assert (ops(*ON).code, ops(*OFF).code) == (0, 0)
        assert rules_on(http) == ["3"]


class TestADomainThatIsTakenAway:
    """The page goes with the listener that it was on; the one that redirected is what is left."""

    def test_visitors_reach_the_application_until_on_again(self, ops: Ops, stack: Stack) -> None:
        http = add_domain(stack)
        ops(*ALLOWED)
        client("elbv2").delete_listener(ListenerArn=stack.outputs.listener_arn)
        stack.publish(listener_arn=http)
        done = ops("maintenance")
        assert (done.code, "Visitors reach the application: it was" in done.out) == (1, True)
        assert line(ops("status")).startswith("✗ maintenance  begun or ended by half")
        assert ops(*ALLOWED).code == 0
        assert (rules_on(http), state(ops)) == (["1", "10"], "on")
        assert ops(*OFF).code == 0
        assert (rules_on(http), state(ops)) == ([], "off")
