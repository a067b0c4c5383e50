"""The package can be used without the program: by commands, and where Pulumi is not installed."""

import ast
from pathlib import Path

import pytest

import release

MODULES = sorted(Path(str(release.__file__)).parent.glob("*.py"))
ABOVE = {"pulumi", "pulumi_aws", "infra", "deploy", "planning", "local", "emulated", "app", "tests"}
LONGEST_MODULE = 250


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
class TestEveryModule:
    """One noun, on boto3 alone."""

    def test_knows_nothing_of_the_program_around_it(self, path: Path) -> None:
        found: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module))
        above = {name for name in found if name.partition(".")[0] in ABOVE}
        assert not above, "operators would need an engine to read a release's record"

    def test_is_short(self, path: Path) -> None:
        count = len(path.read_text().splitlines())
        assert count <= LONGEST_MODULE, f"{count} lines: two nouns in one module?"
