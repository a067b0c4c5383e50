"""Task definitions: one family for each process, whose revisions are its history."""

import pytest

from planning.recording import Recording
from tests.infra.planned import container, processes, task
from tests.support.tokens import TASK_DEFINITION


class TestTheTask:
    """A revision is what a rollback goes back to."""

    def test_there_is_one_for_each_line_of_the_procfile_and_the_console(
        self, prod: Recording, lone: Recording
    ) -> None:
        names = ["release", "web", "worker", "schedule", "console"]
        assert processes(prod) == names, "something runs nowhere"
        assert processes(lone) == ["web", "console"]

    def test_has_a_family_of_its_own(self, prod: Recording) -> None:
        families = {each.inputs["family"] for each in prod.of_type(TASK_DEFINITION)}
        assert families == {f"flaskapp-prod-{name}" for name in processes(prod)}, (
            "a new family has no history, a shared one mixes two"
        )

    def test_keeps_its_earlier_revisions(self, prod: Recording) -> None:
        for each in prod.of_type(TASK_DEFINITION):
            assert each.inputs["skipDestroy"] is True, "there is nothing to roll back to"

    @pytest.mark.parametrize(
        ("process", "size"),
        [
            ("web", ("1024", "3072")),
            ("release", ("1024", "2048")),
            ("worker", ("2048", "5120")),
            ("schedule", ("256", "512")),
        ],
    )
    def test_has_the_size_that_the_settings_say(
        self, tuned: Recording, process: str, size: tuple[str, str]
    ) -> None:
        found = task(tuned, process).inputs
        assert (found["cpu"], found["memory"]) == size, "the setting does nothing"
        assert found["requiresCompatibilities"] == ["FARGATE"]
        assert found["networkMode"] == "awsvpc"

    def test_has_a_volume_for_each_mount(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            for process in processes(recording):
                volumes = [each["name"] for each in task(recording, process).inputs["volumes"]]
                mounts = container(recording, process)["mountPoints"]
                assert volumes == [each["sourceVolume"] for each in mounts], "AWS refuses the task"
