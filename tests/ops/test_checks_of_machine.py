"""The checks of `doctor`: this machine, the stack's file and its lock."""

import json
from pathlib import Path

import pytest

from tests.ops.calls import Calls
from tests.ops.looking import Look, bad, only
from tests.ops.programs import PROGRAMS, write_program
from tests.ops.surroundings import Surroundings


class TestTools:
    def test_each_missing_one_is_named_with_the_verbs_that_need_it(
        self, look: Look, programs: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in PROGRAMS:
            (programs / name).unlink()
        monkeypatch.setenv("PATH", str(programs))
        found = look("tools")
        assert [state for state, *_ in found[:3]] == ["warning"] * 3, "most verbs need none"
        said = [sentence for _, sentence, _ in found]
        assert said[0] == "there is no Pulumi CLI here: `config set` and `secrets set` need one"
        assert "session-manager-plugin" in said[1]
        assert "`shell`, `exec`, `psql`, `tunnel`" in said[1]
        assert said[2] == "there is no psql here, which the verb of that name needs"

    def test_an_old_pulumi_is_told_its_version(self, look: Look, programs: Path) -> None:
        write_program(programs / "pulumi", "echo v2.9.0")
        assert "v2.9.0, which is too old: 3.200.0" in only(look("tools"))[1]

    def test_a_pulumi_that_does_not_run_is_told_so(self, look: Look, programs: Path) -> None:
        write_program(programs / "pulumi", "echo 'error: no disk' >&2; exit 1")
        assert only(look("tools"))[1].endswith("pulumi does not run: no disk")

    def test_one_that_make_up_has_fetched_is_used(
        self, look: Look, programs: Path, root: Path
    ) -> None:
        folder = root / ".pulumi-cli" / "3.261.0"
        folder.mkdir(parents=True)
        (programs / "pulumi").rename(folder / "pulumi")
        assert not bad(look("tools"))

    def test_an_old_plugin_shows_tokens(self, look: Look, programs: Path) -> None:
        write_program(programs / "session-manager-plugin", "echo 1.2.1.0")
        assert "1.2.1.0 is old: other users" in only(look("tools"))[1]

    def test_an_engine_of_another_processor_cannot_build(self, look: Look, programs: Path) -> None:
        write_program(programs / "docker", """[ "$1" = version ] && echo '{"Arch": "riscv64"}'""")
        _, said, remedy = only(look("tools"))
        assert "riscv64 and cannot build for arm64" in said
        assert "QEMU" in remedy

    def test_a_finished_image_needs_no_engine(
        self, look: Look, all_well: Surroundings, programs: Path
    ) -> None:
        write_program(programs / "docker", "exit 1")
        all_well.write_settings(**{'uri: ""': "uri: ghcr.io/polls/app@sha256:" + "a" * 64})
        assert not bad(look("tools"))


class TestSettings:
    def test_a_line_that_an_update_would_refuse(self, look: Look, all_well: Surroundings) -> None:
        all_well.write_settings(**{"cpu-units: 256": "cpu-units: 300"})
        state, said, _ = look("settings")[0]
        assert state == "problem"
        assert "300 given" in said

    def test_an_examples_value(self, look: Look, all_well: Surroundings) -> None:
        all_well.write_settings(**{"/polls/": "/example/"})
        assert only(look("settings"))[1] == (
            "Pulumi.staging.yaml still has example values: repository"
        )

    def test_what_was_not_applied(self, look: Look, all_well: Surroundings) -> None:
        all_well.write_settings(**{"port: 5433": "port: 5555"})
        state, said, remedy = only(look("settings"))
        assert (state, remedy) == ("warning", "`make up STACK=staging` applies the file")
        assert said.endswith("database.port: 5555 here, 5433 there")

    def test_without_usable_settings_other_checks_say_what_they_lack(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.write_settings(**{"cpu-units: 256": "cpu-units: 300"})
        for check in ("rollout", "quotas", "mail"):
            assert "the settings cannot be read" in look(check)[0][1], check
        assert look("addresses")[0][0] == "ok"
        assert look("capacity")[0][0] == "ok"


class TestLock:
    @pytest.fixture(autouse=True)
    def _pulumi(self, programs: Path) -> None:
        self.programs = programs

    def _backend(self, address: str, **answers: str) -> None:
        script = PROGRAMS["pulumi"].replace("file://~/state", address)
        for old, new in answers.items():
            script = script.replace(old, new)
        write_program(self.programs / "pulumi", script)

    def test_a_lock_in_a_folder_says_whose_it_is(self, look: Look, tmp_path: Path) -> None:
        folder = tmp_path / "state/.pulumi/locks/organization/flask-fargate"
        content = {"username": "ada", "hostname": "desk", "pid": 7, "timestamp": "2026-03-02T12:00"}
        for stack in ("staging", "prod"):
            (folder / stack).mkdir(parents=True)
        (folder / "prod/x.json").write_text(json.dumps(content))
        assert not bad(look("lock")), "another stack's"
        (folder / "staging/x.json").write_text(json.dumps(content))
        state, said, remedy = only(look("lock"))
        assert state == "problem"
        assert said == (
            "the state is locked by ada on desk (process 7, since 2026-03-02T12:00): every update "
            "is refused"
        )
        assert "pulumi cancel --stack staging" in remedy

    def test_a_lock_in_a_bucket_is_found(
        self, look: Look, aws: Calls, all_well: Surroundings
    ) -> None:
        self._backend("s3://states/team?region=us-east-1")
        key = "team/.pulumi/locks/organization/flask-fargate/prod/x.json"
        held = {"Key": key, "LastModified": all_well.now}
        aws.answer("s3:ListBucket", lambda _: {"Contents": [held]})
        assert not bad(look("lock")), "another stack's"
        asked = aws.with_parameters("s3:ListBucket")[0]
        assert (asked["Bucket"], asked["Prefix"]) == ("states", "team/.pulumi/locks/")
        held["Key"] = key.replace("prod", "staging")
        assert "locked by somebody since" in only(look("lock"))[1]

    @pytest.mark.parametrize(
        ("place", "is_ours"),
        [
            ("organization/other-project/staging", False),
            ("organization/other-project/staging/staging", False),
            ("prod/staging", False),
            ("organization/polls/staging", True),
            ("staging", True),
        ],
    )
    def test_only_this_projects_lock_is_this_stacks(
        self,
        look: Look,
        all_well: Surroundings,
        aws: Calls,
        tmp_path: Path,
        root: Path,
        place: str,
        is_ours: bool,
    ) -> None:
        """Projects share a bucket. Before it knew projects, Pulumi named no project at all."""
        (root / "Pulumi.yaml").write_text("name: polls\nruntime: python\n")
        folder = tmp_path / "state/.pulumi/locks" / place
        folder.mkdir(parents=True)
        (folder / "x.json").write_text("{}")
        assert bool(bad(look("lock"))) == is_ours
        held = {"Key": f".pulumi/locks/{place}/x.json", "LastModified": all_well.now}
        aws.answer("s3:ListBucket", {"Contents": [held]})
        self._backend("s3://states")
        assert bool(bad(look("lock"))) == is_ours

    def test_an_update_that_pulumi_cloud_knows_of(self, look: Look) -> None:
        listed = json.dumps([{"name": "polls/staging", "updateInProgress": True}])
        self._backend("https://app.pulumi.com/ada", **{"'{\"deployment\": {}}'": f"'{listed}'"})
        found = look("lock")
        assert "locked by an update that is under way" in found[0][1]

    def test_other_places_cannot_be_looked_into(self, look: Look) -> None:
        self._backend("gs://states")
        assert only(look("lock"))[:2] == (
            "unknown",
            "whether the state is locked cannot be told from here of gs://states",
        )

    def test_what_was_interrupted_is_named(self, look: Look) -> None:
        urn = "urn:pulumi:staging::flask-fargate::aws:rds/instance:Instance::flaskapp-database"
        left = {
            "deployment": {"pending_operations": [{"type": "creating", "resource": {"urn": urn}}]}
        }
        self._backend("file://~/state", **{'{"deployment": {}}': json.dumps(left)})
        state, said, remedy = only(look("lock"))
        assert (state, "creating flaskapp-database" in said) == ("warning", True)
        assert remedy.startswith("`pulumi refresh --stack staging` and then `make up")

    def test_without_a_login_at_pulumi_nothing_is_claimed(self, look: Look) -> None:
        write_program(self.programs / "pulumi", "echo 'error: not logged in' >&2; exit 255")
        assert only(look("lock"))[:2] == (
            "unknown",
            "not looked at, as Pulumi cannot reach the state: not logged in",
        )
