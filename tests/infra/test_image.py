"""The image: tagged by what is in it, pinned by digest, or taken as the settings name it."""

import os
import re
from pathlib import Path

import pytest

from infra.image_content import content_tag
from infra.layers.runtime import IMAGE_CONTEXT, PLATFORMS
from planning.plan import ROOT
from planning.recording import Recording
from tests.infra.planned import NEW_IMAGE, container, processes
from tests.support.tokens import IMAGE, TASK_DEFINITION

PLATFORM = "linux/arm64"


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A build context with something ignored in it."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "main.py").write_text("print(1)\n")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.html").write_text("<p>1</p>\n")
    (tmp_path / ".dockerignore").write_text(
        "# not these\n**/*.pyc\n*.md\n.env\nlogs\n!logs/keep.txt\n"
    )
    return tmp_path


class TestTheTag:
    """One tag for one content: nothing new is pushed without a change, and no change is missed."""

    def test_is_the_same_for_the_same_content(self, context: Path) -> None:
        first = content_tag(context, PLATFORM)
        os.utime(context / "main.py", (1, 1))
        assert content_tag(context, PLATFORM) == first, "every checkout would roll out a new image"
        assert re.fullmatch(r"[0-9a-f]{16}", first), "no tag that a registry takes"

    def test_does_not_depend_on_where_the_context_lies(self, context: Path, tmp_path: Path) -> None:
        other = tmp_path / "elsewhere"
        first = content_tag(context, PLATFORM)
        other.mkdir()
        for path in ("Dockerfile", "main.py", ".dockerignore", "pages/index.html"):
            (other / path).parent.mkdir(exist_ok=True)
            (other / path).write_bytes((context / path).read_bytes())
        assert content_tag(other, PLATFORM) == first, "a second machine would build another image"

    @pytest.mark.parametrize("path", ["main.py", "pages/index.html", "Dockerfile", "new.py"])
    def test_changes_with_each_file_of_the_context(self, context: Path, path: str) -> None:
        before = content_tag(context, PLATFORM)
        (context / path).write_text("changed\n")
        assert content_tag(context, PLATFORM) != before, "the change never reaches production"

    def test_changes_with_a_name_alone(self, context: Path) -> None:
        before = content_tag(context, PLATFORM)
        (context / "main.py").rename(context / "moved.py")
        assert content_tag(context, PLATFORM) != before, "the change never reaches production"

    def test_changes_when_a_file_becomes_executable(self, context: Path) -> None:
        before = content_tag(context, PLATFORM)
        (context / "main.py").chmod(0o755)
        assert content_tag(context, PLATFORM) != before, "the entrypoint stays what it was"

    def test_changes_with_the_platform(self, context: Path) -> None:
        assert content_tag(context, "linux/amd64") != content_tag(context, PLATFORM), (
            "a task of the other processor finds an image that it cannot run"
        )

    @pytest.mark.parametrize(
        "path", ["x.pyc", "pages/x.pyc", "README.md", ".env", "logs/today.txt", "logs/deep/er.txt"]
    )
    def test_stays_when_only_ignored_files_change(self, context: Path, path: str) -> None:
        before = content_tag(context, PLATFORM)
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text("changed\n")
        assert content_tag(context, PLATFORM) == before, "a log line rolls out a new image"

    @pytest.mark.parametrize("path", ["pages/README.md", "pages/.env", "logs/keep.txt"])
    def test_changes_with_what_the_patterns_leave_in(self, context: Path, path: str) -> None:
        before = content_tag(context, PLATFORM)
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text("changed\n")
        # Docker's patterns are anchored, and the last one that matches wins.
        assert content_tag(context, PLATFORM) != before, "what is in the image is not in its tag"

    def test_changes_with_a_dockerfile_that_the_context_leaves_out(self, context: Path) -> None:
        (context / ".dockerignore").write_text("Dockerfile\n")
        before = content_tag(context, PLATFORM)
        (context / "Dockerfile").write_text("FROM other\n")
        assert content_tag(context, PLATFORM) != before, "another base image is never built"


class TestTheBuild:
    """Built once, for the processor that the tasks have, and never in a preview."""

    def test_pushes_to_the_stacks_repository_under_the_contents_tag(self, prod: Recording) -> None:
        name = prod.only(IMAGE).inputs["imageName"]
        tag = content_tag(ROOT / IMAGE_CONTEXT, PLATFORMS["ARM64"])
        assert name == f"{prod.outputs['repository_url']}:{tag}", "another image would run"

    def test_is_for_the_processor_of_the_task(self, prod: Recording, tuned: Recording) -> None:
        for recording, architecture in ((prod, "ARM64"), (tuned, "X86_64")):
            platform = recording.only(IMAGE).inputs["build"]["platform"]
            runtimes = [
                each.inputs["runtimePlatform"] for each in recording.of_type(TASK_DEFINITION)
            ]
            assert {each["cpuArchitecture"] for each in runtimes} == {architecture}, (
                "exec format error"
            )
            assert platform == PLATFORMS[architecture], "exec format error"
        assert PLATFORMS == {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}

    def test_does_not_happen_in_a_preview(self, prod: Recording) -> None:
        assert prod.only(IMAGE).inputs["buildOnPreview"] is False, "a preview would need Docker"

    def test_sends_the_applications_folder_alone(self, prod: Recording) -> None:
        build = prod.only(IMAGE).inputs["build"]
        assert build["context"] == "app", "the whole repository would be in the image"
        assert not build.get("args"), "a build argument stays in the image's history"

    def test_keeps_older_images_in_the_registry(self, prod: Recording) -> None:
        assert prod.only(IMAGE).retain_on_delete, (
            "a new image deletes the one that a rollback needs"
        )

    def test_keeps_the_registrys_password_secret(self, prod: Recording) -> None:
        assert "registry" in prod.only(IMAGE).secret_inputs, "the state holds it in the open"

    def test_is_what_the_task_runs_by_digest(self, prod: Recording) -> None:
        (image,) = {container(prod, process)["image"] for process in processes(prod)}
        assert re.fullmatch(r".+\.amazonaws\.com/flaskapp-prod@sha256:[0-9a-f]{64}", image), (
            "a tag would have to be trusted"
        )
        assert prod.outputs["image"] == image, "a promotion would take another one"


class TestAnImageThatIsNamed:
    """Promotion: the bytes that staging tried are the bytes that prod runs."""

    def test_is_run_as_it_is_and_nothing_is_built(self, bare: Recording) -> None:
        assert container(bare)["image"] == NEW_IMAGE, "something else would run"
        assert not bare.of_type(IMAGE), "Docker would be needed for nothing"
        asked = {each.token for each in bare.invokes}
        assert "aws:ecr/getAuthorizationToken:getAuthorizationToken" not in asked, (
            "a password would be fetched for nothing"
        )
        assert bare.outputs["image"] == NEW_IMAGE
