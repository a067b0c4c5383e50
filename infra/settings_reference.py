"""Makes docs/settings.md of the settings themselves: `python -m infra.settings_reference`."""

import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from infra.checks import Matching
from infra.problems import NAMESPACE
from infra.refusals import model_in
from infra.settings import Settings
from infra.stack_files import read_stack

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "settings.md"
STACKS = ("staging", "prod", "emulated")
HEAD = f"""# Settings

Every setting of a stack stands in `Pulumi.<stack>.yaml` under `config:`, with `{NAMESPACE}:` in
front of the first word: `database.storage-gib` below is `storage-gib:` in the block
`{NAMESPACE}:database:`. Every key is required and unknown ones are refused, so the files of all
stacks have the same keys. `make plan STACK=...` reports every problem at once, without an account.

This page is made by `python -m infra.settings_reference`; a test fails when it is out of date.
"""
_TITLES = ("Key", "Allowed", "Meaning", "Example", *STACKS)


def page(stacks: Mapping[str, Mapping[str, Any]]) -> str:
    """The page, for these configurations by stack."""
    plain = {k: info for k, info in _fields(Settings) if model_in(info.annotation) is None}
    parts = [HEAD, "## The stack itself\n", _table("", plain, stacks)]
    for key, info in _fields(Settings):
        section = model_in(info.annotation)
        if section:
            values = {name: config.get(key, {}) for name, config in stacks.items()}
            named = get_origin(info.annotation) is dict
            parts += _named(key, section, values) if named else _section(key, section, values)
    return "\n".join(parts)


def _section(
    key: str, section: type[BaseModel], values: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    fields = dict(_fields(section))
    yield f"## {key}\n\n{inspect.getdoc(section)}\n"
    yield _table(f"{key}.", fields, values)
    for name, info in fields.items():
        entry = model_in(info.annotation)
        if entry:
            yield f"### Each entry of {key}.{name}\n\n{inspect.getdoc(entry)}\n"
            yield _table("", dict(_fields(entry)), {})


def _named(
    key: str, section: type[BaseModel], values: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """A section with a block for each name; a stack's values stand behind the names."""
    yield f"## {key}\n\n{inspect.getdoc(section)}\n"
    fields = dict(_fields(section))
    merged = {
        stack: {field: _each(blocks, field) for field in fields} for stack, blocks in values.items()
    }
    yield _table(f"{key}.NAME.", fields, merged)


def _each(blocks: Mapping[str, Any], field: str) -> str | None:
    said = [f"{name}: {json.dumps(block.get(field))}" for name, block in blocks.items()]
    return ", ".join(said) or None


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, FieldInfo]]:
    return ((str(info.alias), info) for info in model.model_fields.values())


def _table(
    prefix: str, fields: Mapping[str, FieldInfo], values: Mapping[str, Mapping[str, Any]]
) -> str:
    titles = _TITLES if values else _TITLES[: -len(STACKS)]
    rows = [titles, ["---"] * len(titles)]
    for key, info in fields.items():
        row = [f"`{prefix}{key}`", allowed(info), info.description or "", _shown(info.examples)]
        rows.append([*row, *(_value(config.get(key)) for config in values.values())])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def allowed(info: FieldInfo) -> str:
    """What a setting takes, in words: choices, a range, or the rule of its check."""
    return _allowed(info.annotation, info.metadata)


def _allowed(kind: Any, metadata: Sequence[Any]) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(_value(choice) for choice in get_args(kind))
    if get_origin(kind) is tuple:
        return f"list: {_of_annotated(get_args(kind)[0])}{_counts(metadata)}"
    if get_origin(kind) is dict:
        name, value = get_args(kind)
        return f"{_of_annotated(name)}: {_of_annotated(value)}".removeprefix("a text: ")
    if kind is bool:
        return "`true` or `false`"
    if model_in(kind):
        return "a block, see below"
    checks = (AfterValidator, BeforeValidator)
    words = [_check(item.func) for item in metadata if isinstance(item, checks)]
    return "; ".join(filter(None, [*words, _range(kind, metadata)])) or "a text"


def _of_annotated(kind: Any) -> str:
    if get_origin(kind) is not Annotated:
        return _allowed(kind, [])
    inner, *items = get_args(kind)
    metadata = [
        piece
        for item in items
        for piece in (item.metadata if isinstance(item, FieldInfo) else [item])
    ]
    return _allowed(inner, metadata)


def _check(check: Any) -> str:
    if isinstance(check, Matching):
        return check.allowed.rstrip(",")
    first = (inspect.getdoc(check) or "").splitlines()[0].rstrip(".")
    return first[:1].lower() + first[1:] if first[1:2].islower() or first[1:2] == " " else first


def _range(kind: Any, metadata: Sequence[Any]) -> str:
    limits = {name: getattr(item, name) for item in metadata for name in _LIMITS & set(dir(item))}
    if "max_length" in limits:
        return f"{limits['max_length']} characters at most"
    if "ge" in limits and "le" in limits:
        return f"{limits['ge']} to {limits['le']}"
    if "ge" in limits:
        return f"{limits['ge']} or more"
    return "a whole number" if kind is int and not metadata else ""


_LIMITS = {"ge", "le", "max_length"}


def _counts(metadata: Sequence[Any]) -> str:
    least = next((item.min_length for item in metadata if hasattr(item, "min_length")), None)
    most = next((item.max_length for item in metadata if hasattr(item, "max_length")), None)
    return f"; {least} to {most} entries" if least and most else ""


def _shown(examples: Sequence[Any] | None) -> str:
    return _value(examples[0]) if examples else ""


def _value(value: Any) -> str:
    """A value as YAML takes it, in code style; a pipe would end the table's cell."""
    if value is None:
        return ""
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return f"`{text}`".replace("|", "\\|")


def main() -> int:
    """Write the page; says which."""
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page({stack: read_stack(stack, ROOT) for stack in STACKS}))
    print(f"Wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
