"""The workflows hold no more rights than they use, and run nothing that could change under them."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
NAMES = sorted(path.name for path in FOLDER.glob("*.yml"))
# Job: the only rights that it may hold. A new right is a decision, made here.
RIGHTS = {
    "ci.yml": {"test": {"contents": "read"}, "checkov": {"contents": "read"}},
    "preview.yml": {
        "plan": {"contents": "read"},
        "comment": {"pull-requests": "write"},
        "pulumi": {"contents": "read", "id-token": "write"},
    },
}
SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository"


@cache
def workflow(name: str) -> dict[Any, Any]:
    content = yaml.safe_load((FOLDER / name).read_text())
    assert isinstance(content, dict)
    return content


def triggers(name: str) -> Any:
    """YAML 1.1 reads the key `on` as true."""
    return workflow(name)[True]


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def commands(name: str) -> str:
    return "\n".join(step["run"] for step in steps(name) if "run" in step)


def test_both_workflows_are_there() -> None:
    assert {"ci.yml", "preview.yml"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_no_right_is_granted_to_a_whole_workflow(name: str) -> None:
    assert workflow(name)["permissions"] == {}, "every job and action would get it"


@pytest.mark.parametrize("name", sorted(RIGHTS))
def test_each_job_holds_the_rights_that_it_uses_and_no_more(name: str) -> None:
    granted = {job: content["permissions"] for job, content in workflow(name)["jobs"].items()}
    assert granted == RIGHTS[name]


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it(name: str) -> None:
    used = re.findall(r"uses: *(.*)", (FOLDER / name).read_text())
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), (
            f"{action}: whoever moves the tag runs code with this job's rights"
        )


def test_one_action_has_one_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for name in NAMES:
        for action, pin in re.findall(r"uses: *([^@\s]+)@(.*)", (FOLDER / name).read_text()):
            pins.setdefault(action, set()).add(pin)
    assert [action for action, found in pins.items() if len(found) > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_text_from_outside_becomes_part_of_a_script(name: str) -> None:
    assert "${{" not in commands(name), (
        "a branch's name could be a command; hand it over in `env:` instead"
    )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_runs_with_the_base_repositorys_rights_on_a_forks_code(name: str) -> None:
    assert "pull_request_target" not in triggers(name)
    assert "workflow_run" not in triggers(name)


@pytest.mark.parametrize("name", NAMES)
def test_the_checkout_leaves_no_token_on_the_disk(name: str) -> None:
    checkouts = [step for step in steps(name) if "actions/checkout@" in step.get("uses", "")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("name", NAMES)
def test_every_job_ends_by_itself(name: str) -> None:
    assert all("timeout-minutes" in job for job in workflow(name)["jobs"].values())


@pytest.mark.parametrize("name", ["ci.yml", "preview.yml"])
def test_a_newer_push_replaces_a_run_that_only_looks(name: str) -> None:
    assert workflow(name)["concurrency"]["cancel-in-progress"] is True


def test_ci_has_no_credentials_at_all() -> None:
    text = (FOLDER / "ci.yml").read_text()
    for word in ("secrets.", "vars.", "id-token", "github.token", "aws-actions"):
        assert word not in text, f"{word}: a fork's pull request runs this workflow too"


def test_ci_runs_the_oldest_supported_python_and_that_of_the_image() -> None:
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    base = re.search(r"FROM \S*python:([\d.]+)", (ROOT / "app" / "Dockerfile").read_text())
    assert oldest is not None
    assert base is not None
    tested = workflow("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert set(tested) == {oldest[1], base[1]}


def test_ci_runs_the_same_words_as_a_person() -> None:
    assert re.findall(r"make (\w+)", commands("ci.yml")) == ["test", "checkov"]


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_and_module_exists(name: str) -> None:
    makefile = (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv")
    for target in re.findall(r"make ([\w./-]+)", commands(name)):
        assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), target
    for module in re.findall(r"python -m (\w+)", commands(name)):
        assert (ROOT / module / "__main__.py").is_file(), module


def test_only_a_pull_request_of_this_repository_gets_a_role_or_writes() -> None:
    jobs = workflow("preview.yml")["jobs"]
    for name in ("comment", "pulumi"):
        assert SAME_REPOSITORY in jobs[name]["if"], "anybody with a fork could use it"
    assert "vars.AWS_PREVIEW_ROLE_ARN != ''" in jobs["pulumi"]["if"]


def test_the_job_that_may_write_runs_no_code_of_the_pull_request() -> None:
    comment = workflow("preview.yml")["jobs"]["comment"]
    assert [step for step in comment["steps"] if "uses" in step] == []
    assert "python" not in commands("preview.yml").partition("marker=")[2].partition("fi\n")[0]


def test_the_job_that_plans_sees_no_secret() -> None:
    assert "secrets." not in str(workflow("preview.yml")["jobs"]["plan"])


def test_the_offline_plan_covers_both_stacks_in_one_comment_that_is_updated() -> None:
    text = commands("preview.yml")
    assert "for stack in staging prod" in text
    assert text.count("<!-- offline plan -->") == 2, "each push would add a comment"
    assert "--method PATCH" in text
