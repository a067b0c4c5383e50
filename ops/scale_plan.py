"""What a person wishes of the numbers of tasks, whether that may be, and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.procfile import WEB
from ops.problems import OpsError
from ops.scaling import Limits, Scale
from ops.services import MADE_BY
from ops.stack_file import settings as stack_settings

if TYPE_CHECKING:
    from ops.outputs import Outputs

_FORM = re.compile(r"(?P<process>[^=]+)=(?P<minimum>\d{1,4})(:(?P<maximum>\d{1,4}))?")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """`web=3` as a number of tasks, `web=2:8` as limits for AWS's scaling."""

    process: str
    number: int | None = None
    limits: Limits | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is to be done to a process; None: that stays.

    A number that follows from the wished limits comes with them, in `within`.
    """

    before: Scale
    number: int | None = None
    limits: Limits | None = None
    within: Limits | None = None

    def number_from(self, now: int) -> int | None:
        """The number to ask for when the process has so many by now: AWS scales on meanwhile, and
        what fits into the limits is its own choice.
        """
        return self.number if self.within is None else _unless(_clamped(now, self.within), now)


def parse(words: Sequence[str], outputs: Outputs) -> Sequence[Wish]:
    """The wishes of a command line; OpsError for what is none, or of no process."""
    wishes: dict[str, Wish] = {}
    for word in words:
        match = _FORM.fullmatch(word)
        if match is None:
            raise OpsError(
                f"{word!r} says nothing about tasks: write {WEB}=3 for three of them, or "
                f"{WEB}=2:8 to let AWS choose between two and eight.",
                exit_code=2,
            )
        process = outputs.process(match["process"])
        if process in wishes:
            raise OpsError(f"{process} stands there twice: which is meant?", exit_code=2)
        wishes[process] = _wish(process, int(match["minimum"]), match["maximum"], word)
    return tuple(wishes.values())


def _wish(process: str, first: int, second: str | None, word: str) -> Wish:
    if second is None:
        return Wish(process=process, number=first)
    if first > int(second):
        raise OpsError(f"{word!r}: the smaller number comes first.", exit_code=2)
    return Wish(process=process, limits=Limits(minimum=first, maximum=int(second)))


def plan(
    wishes: Sequence[Wish], scales: Mapping[str, Scale], config: Mapping[str, Any], file_name: str
) -> Sequence[Change]:
    """What is to be done; OpsError when a wish goes beyond what the settings allow."""
    refusals = [line for wish in wishes for line in _refusals(wish, scales, config, file_name)]
    refusals = refusals or list(_broken_rules(wishes, scales, config, file_name))
    if refusals:
        raise OpsError("\n".join(["Nothing was changed.", *refusals]), exit_code=2)
    changes = (_change(wish, scales[wish.process]) for wish in wishes)
    return [each for each in changes if each.number is not None or each.limits is not None]


def _change(wish: Wish, before: Scale) -> Change:
    if wish.limits is None:
        return Change(before=before, number=_unless(wish.number, before.desired))
    # AWS moves the number into new limits by itself [Application Auto Scaling API,
    # RegisterScalableTarget]; asking for it too does not depend on when.
    number = _clamped(before.desired, wish.limits)
    now = before.limits
    same = now and (now.minimum, now.maximum) == (wish.limits.minimum, wish.limits.maximum)
    return Change(
        before=before,
        number=_unless(number, before.desired),
        limits=None if same else wish.limits,
        within=wish.limits,
    )


def _clamped(number: int, limits: Limits) -> int:
    return min(max(number, limits.minimum), limits.maximum)


def _unless(wanted: int | None, now: int) -> int | None:
    return None if wanted == now else wanted


def _refusals(
    wish: Wish, scales: Mapping[str, Scale], config: Mapping[str, Any], file_name: str
) -> Iterator[str]:
    """Why one wish cannot be, whatever the others are."""
    process, scale = wish.process, scales.get(wish.process)
    if scale is None:
        yield f"ECS has no service for {process}: {MADE_BY}."
        return
    limits, number = scale.limits, wish.number
    if number is not None and limits and not limits.minimum <= number <= limits.maximum:
        low, high = min(number, limits.minimum), max(number, limits.maximum)
        yield (
            f"{process}={number}: AWS holds {process} between {limits.minimum} and "
            f"{limits.maximum} tasks, so it would not last.\n"
            f"  Move the limits: `bin/ops scale {process}={low}:{high}`.\n"
            f"  To keep them: write {_to_write(process, low, high)} in {file_name}, then `make up`."
        )
    if number == 0 and not limits:
        yield (
            f"{process}=0: nothing would start a task of it again, so the settings allow 1 or more."
            "\n  `bin/ops maintenance on --workers stop` stops workers for a while."
        )
    if wish.limits is None:
        return
    low, high = wish.limits.minimum, wish.limits.maximum
    if limits is None:
        yield (
            f"{process}={low}:{high}: AWS does not scale {process}, as its min-tasks and "
            "max-tasks are the same.\n"
            f"  Set a number: `bin/ops scale {process}={high}`.\n"
            f"  To have it scaled: write {_to_write(process, low, high)} in {file_name}, then "
            "`make up`."
        )
    elif low == 0 and _of_file(process, config).minimum:
        yield (
            f"{process}=0:{high}: nothing would start the first task again, as the stack has no "
            "alarm for that.\n"
            f"  Write {_to_write(process, low, high)} in {file_name}, then `make up`."
        )


def _broken_rules(
    wishes: Sequence[Wish], scales: Mapping[str, Scale], config: Mapping[str, Any], file_name: str
) -> Iterator[str]:
    """The rules of the settings that the wishes, all together, would break."""
    values: dict[Sequence[str], object] = {}
    for wish in wishes:
        limits = wish.limits
        if wish.number is not None and scales[wish.process].limits is None:
            limits = Limits(minimum=wish.number, maximum=wish.number)
        if limits:
            section = _section(wish.process)
            values[*section, "min-tasks"] = limits.minimum
            values[*section, "max-tasks"] = limits.maximum
    changed = stack_settings.with_values(config, values)
    for problem in stack_settings.broken_by(config, changed):
        yield f"{file_name} would not allow it: {problem}."


def sentences(
    changes: Sequence[Change], config: Mapping[str, Any], file_name: str
) -> Iterator[str]:
    """What will be done to each process, what undoes it, and how to keep it."""
    for change in changes:
        before, process = change.before, change.before.process
        if change.limits:
            yield f"{process}: AWS scales it within {change.limits} tasks, not {before.limits}."
        if change.number is not None:
            yield f"{process}: {_tasks(change.number)} instead of {before.desired}."
        if change.limits is None and before.limits:
            yield from _what_scaling_does(before.limits, process, change.number or 0)
        if before.limits and before.limits.suspended:
            yield "  Its scaling is suspended, as `bin/ops maintenance on` does it."
        yield from _what_the_file_says(change, config, file_name)


def _what_scaling_does(limits: Limits, process: str, number: int) -> Iterator[str]:
    if limits.minimum != limits.maximum and not limits.suspended:
        yield (
            f"  AWS goes on choosing between {limits.minimum} and {limits.maximum} by load, and "
            f"may override this within minutes; `{process}={number}:{number}` holds it."
        )


def _what_the_file_says(change: Change, config: Mapping[str, Any], file_name: str) -> Iterator[str]:
    process, wanted = change.before.process, change.limits
    if wanted is None and change.before.limits is None and change.number is not None:
        wanted = Limits(minimum=change.number, maximum=change.number)
    own = _of_file(process, config)
    if process == WEB and change.limits and _schedule(config):
        yield f"  The schedule {_schedule(config)} sets the limits anew at its next time."
    if wanted is None or (wanted.minimum, wanted.maximum) == (own.minimum, own.maximum):
        return
    yield (
        f"  {file_name} still says {own}: the next `pulumi up` that compares with AWS "
        "(`--refresh`), or that changes these settings, brings that back."
    )
    yield f"  To keep it, write {_to_write(process, wanted.minimum, wanted.maximum)}."


def of_file(config: Mapping[str, Any], processes: Sequence[str]) -> Mapping[str, Limits]:
    """What the stack's file says of each process."""
    return {process: _of_file(process, config) for process in processes}


def _of_file(process: str, config: Mapping[str, Any]) -> Limits:
    block: Any = config
    for key in _section(process):
        block = block.get(key, {}) if isinstance(block, Mapping) else {}
    named = block if isinstance(block, Mapping) else {}
    low, high = (named.get(key) for key in ("min-tasks", "max-tasks"))
    return Limits(
        minimum=low if isinstance(low, int) else 0, maximum=high if isinstance(high, int) else 0
    )


def _schedule(config: Mapping[str, Any]) -> str:
    actions = config.get("autoscaling", {}).get("schedule") or ()
    return ", ".join(str(each.get("name", "")) for each in actions if isinstance(each, Mapping))


def _section(process: str) -> tuple[str, ...]:
    return ("autoscaling",) if process == WEB else ("processes", process)


def _to_write(process: str, low: int, high: int) -> str:
    return f"min-tasks: {low} and max-tasks: {high} under flask-fargate:" + ": ".join(
        _section(process)
    )


def _tasks(count: int) -> str:
    return f"{count} {'task' if count == 1 else 'tasks'}"
