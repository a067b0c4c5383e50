"""The program's shape: imports point one way, modules and functions stay small."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from planning.plan import ROOT

INFRA = ROOT / "infra"
# Code that runs at AWS, which a plan reads as text.
FUNCTIONS = INFRA / "functions"
MODULES = sorted(
    path
    for path in INFRA.rglob("*.py")
    if path.name != "__init__.py" and FUNCTIONS not in path.parents
)
LONGEST_MODULE, LONGEST_FUNCTION = 250, 50
# What may know of the engine; every other module at the root is pure.
ENGINE_MODULES = {"config", "provider", "release_steps", "stack"}
# A model of the rollout, which no plan loads: its numbers are those of the releases' own code.
TIMING = "rollout_time"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "util", "helper"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, in full, wherever it does so."""
    return imports_of_body(ast.walk(tree_of(path)))


def imports_of_body(nodes: Iterable[ast.AST]) -> set[str]:
    """Every module that these statements import, not looking into them."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: hides where a module lies"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
            found.add(str(node.module))
    return found


def within(modules: set[str], *packages: str) -> set[str]:
    return {
        name
        for name in modules
        for package in packages
        if name == package or name.startswith(f"{package}.")
    }


RELEASE = sorted((ROOT / "release").glob("*.py"))
COMPONENTS = [path for path in MODULES if path.parent.name == "components"]
LAYERS = [path for path in MODULES if path.parent.name == "layers"]
PURE = [path for path in MODULES if path.parent == INFRA and path.stem not in ENGINE_MODULES]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
class TestEveryModule:
    """One noun, one place, few lines."""

    def test_imports_nothing_of_the_project_but_infra(self, path: Path) -> None:
        others = ("app", "planning", "local", "emulated", "deploy", "ops", "tests")
        assert not within(imports_of(path), *others), "the program could not be used alone"

    def test_asks_neither_the_environment_nor_aws(self, path: Path) -> None:
        asked = within(
            imports_of(path), "os", "boto3", "botocore", "subprocess", "requests", "socket"
        )
        assert not asked, "a plan would depend on the machine, or need an account"

    def test_imports_releases_only_where_they_are_used(self, path: Path) -> None:
        at_import = within(imports_of_body(tree_of(path).body), "release")
        assert at_import <= {"release"} or path.stem == TIMING, (
            "each plan would load the AWS SDK, which takes longer than the plan"
        )
        assert f"infra.{TIMING}" not in imports_of(path), "the same, by the model of the rollout"

    def test_is_short(self, path: Path) -> None:
        count = len(path.read_text().splitlines())
        assert count <= LONGEST_MODULE, f"{count} lines: two nouns in one module?"

    def test_has_short_functions(self, path: Path) -> None:
        long = [
            f"{node.name} ({lines})"
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.FunctionDef) and (lines := _lines(node)) > LONGEST_FUNCTION
        ]
        # A resource with many arguments is long and still one statement.
        assert not long, f"these do more than one thing: {long}"

    def test_is_named_by_a_noun_of_its_own(self, path: Path) -> None:
        assert path.stem not in FORBIDDEN_NAMES, "nobody knows what belongs there"
        if path.parent == INFRA:
            assert path.stem not in sys.stdlib_module_names, "it hides a module of Python"

    def test_never_asks_which_stage_it_is(self, path: Path) -> None:
        switches = [node.lineno for node in _comparisons(path) if _names_the_stage(node)]
        assert not switches, "a difference between stages is a value in the YAML, not a branch"


def _lines(node: ast.FunctionDef) -> int:
    """Lines of a function without its docstring and without one closing resource call."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not body:
        return 0
    last = body[-1]
    one_call = isinstance(last, ast.Return | ast.Expr) and isinstance(last.value, ast.Call)
    end = last.lineno if one_call else last.end_lineno or 0
    return end - body[0].lineno + 1


def _comparisons(path: Path) -> Iterator[ast.Compare | ast.Match]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Compare | ast.Match):
            yield node


def _names_the_stage(node: ast.Compare | ast.Match) -> bool:
    subjects = [node.subject] if isinstance(node, ast.Match) else [node.left, *node.comparators]
    words = {"stage", "get_stack", "stack_name"}
    names = {
        getattr(each, "attr", getattr(each, "id", ""))
        for subject in subjects
        for each in ast.walk(subject)
        # len(stage) is about the name's length, not about which stage it is.
        if not (isinstance(subject, ast.Call) and getattr(subject.func, "id", "") == "len")
    }
    return bool(words & names)


class TestDirection:
    """Pure modules know nothing of Pulumi; components nothing of each other; stack knows all."""

    @pytest.mark.parametrize("path", PURE, ids=name_of)
    def test_pure_modules_import_no_engine_and_nothing_above_them(self, path: Path) -> None:
        up = within(
            imports_of(path),
            *("pulumi", "pulumi_aws", "pulumi_docker", "infra.components", "infra.layers"),
            *(f"infra.{name}" for name in ENGINE_MODULES),
        )
        assert not up, "a setting could not be checked without the engine"

    @pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
    def test_components_do_not_import_each_other(self, path: Path) -> None:
        assert not within(imports_of(path), "infra.components", "infra.layers", "infra.stack"), (
            "one component cannot be changed or tested without another"
        )

    @pytest.mark.parametrize("path", RELEASE, ids=name_of)
    def test_releases_know_neither_the_engine_nor_the_program(self, path: Path) -> None:
        up = within(imports_of(path), "pulumi", "pulumi_aws", "pulumi_docker", "infra", "planning")
        assert not up, "operators' commands would need Pulumi"

    @pytest.mark.parametrize("path", [*COMPONENTS, *LAYERS], ids=name_of)
    def test_nothing_reads_the_engines_configuration_but_its_edge(self, path: Path) -> None:
        text = path.read_text()
        assert "pulumi.Config" not in text, "a setting that no check has seen"
        assert not within(imports_of(path), "infra.config", "pulumi.runtime"), "the same, hidden"
        assert not re.search(r"\b(environ|getenv)\b", text), "two machines plan two things"

    @pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
    def test_components_take_sections_not_the_whole_settings(self, path: Path) -> None:
        # tags.py is read for the name of a tag.
        assert "infra.settings" not in imports_of(path), "what it depends on cannot be seen"

    def test_policies_and_addresses_know_only_names(self) -> None:
        for name in ("checks", "cron", "naming", "subnets", "policies", "container", "connections"):
            allowed = {"infra.naming", "infra.problems", "infra.checks"}
            found = {
                each
                for each in imports_of(INFRA / f"{name}.py")
                if each.startswith("infra.") and each.count(".") == 1
            }
            assert found <= allowed, f"{name} is no longer pure: {found - allowed}"

    def test_functions_are_whole_in_one_file_and_imported_by_nothing(self) -> None:
        for path in FUNCTIONS.rglob("*.py"):
            assert not within(imports_of(path), "infra", "release", "app"), (
                f"{path}: what it imports is not there when it runs"
            )
        users = [path for path in MODULES if within(imports_of(path), "infra.functions")]
        assert not users, "a plan would load the AWS SDK"

    def test_the_application_knows_nothing_of_its_infrastructure(self) -> None:
        for path in (ROOT / "app").rglob("*.py"):
            assert not within(imports_of(path), "infra", "pulumi", "deploy"), (
                f"{path} would be missing in the image"
            )


class TestAPlan:
    """Two seconds are promised for it."""

    def test_loads_no_aws_sdk(self) -> None:
        program = (
            "import sys; from planning import lazy_packages; lazy_packages.install(); "
            "import infra.stack; print([name for name in ('boto3', 'botocore') "
            "if name in sys.modules])"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout == "[]\n", "it takes as long again as the plan"


class TestComponents:
    """The one shape that a reader has to learn."""

    @pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
    def test_have_one_class_with_its_arguments_and_a_token_that_names_the_file(
        self, path: Path
    ) -> None:
        text, classes = path.read_text(), _classes(path)
        component = path.stem.title().replace("_", "")
        assert component in classes, f"no class {component}"
        assert f"{component}Args" in classes, "its arguments are not a type"
        assert f'"flask-fargate:{path.stem}:{component}"' in text, "the state names another file"
        assert "self.register_outputs(" in text, "the engine never learns that it is complete"

    @pytest.mark.parametrize("path", COMPONENTS, ids=name_of)
    def test_make_no_resource_within_an_apply(self, path: Path) -> None:
        made = [
            node.lineno
            for call in ast.walk(tree_of(path))
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "apply"
            for argument in call.args
            for node in ast.walk(argument)
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "aws"
        ]
        assert not made, "a preview would not show it"


def _classes(path: Path) -> set[str]:
    return {node.name for node in tree_of(path).body if isinstance(node, ast.ClassDef)}
