"""What processes are told, and that nobody can tell them otherwise."""

import pytest

from infra.environment import application_environment
from infra.variables import KNOWN_LATER, KNOWN_WHILE_PLANNING, reserved
from planning.recording import Recording
from tests.infra.planned import container, environment, plan, processes, secrets, settings, task

# The release task alone gets these: it makes the role that the others log in as.
OWNER = {"DATABASE_OWNER_USER", "DATABASE_OWNER_PASSWORD"}


class TestEveryProcess:
    """One contract for all of them: docs/your-application.md."""

    def test_knows_what_the_application_must_be_told(self, prod: Recording) -> None:
        expected = {
            "APP_ENV": "prod",
            "DATABASE_AUTH": "iam",
            "DATABASE_HOST": prod.outputs["database_endpoint"],
            "DATABASE_NAME": "app",
            "DATABASE_PORT": "5433",
            "DATABASE_SSLMODE": "verify-full",
            "DATABASE_USER": "app",
            "DOMAIN": "www.example.com",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "INFO",
            "PORT": "8000",
            "SECURE_SSL_REDIRECT": "true",
            "SESSION_COOKIE_SECURE": "true",
            "TRUSTED_PROXIES": "1",
        }
        for process in processes(prod):
            told = environment(prod, process)
            assert expected.items() <= told.items(), f"{process} refuses to start"

    def test_is_told_the_same_but_for_what_is_its_own(self, prod: Recording) -> None:
        def shared(process: str) -> dict[str, str]:
            told = {**environment(prod, process), **secrets(prod, process)}
            return {name: told[name] for name in told.keys() - OWNER - {"STOP_TIMEOUT", "THREADS"}}

        for process in processes(prod):
            assert shared(process) == shared("web"), f"{process} works with something else"

    def test_knows_how_much_it_does_at_once(self, prod: Recording) -> None:
        threads = {name: environment(prod, name)["THREADS"] for name in processes(prod)}
        threads_of_web = {"release": "8", "web": "8", "console": "8"}
        assert threads == {**threads_of_web, "worker": "2", "schedule": "1"}, (
            "it opens more connections than the database was asked for, or leaves some unused"
        )

    def test_knows_its_release_by_what_is_in_the_image(
        self, prod: Recording, bare: Recording
    ) -> None:
        label = environment(prod)["RELEASE"]
        assert str(prod.only("docker:index/image:Image").inputs["imageName"]).endswith(f":{label}")
        assert environment(bare)["RELEASE"] == "", "the label of another image"

    def test_sends_cookies_in_the_clear_only_where_all_is(self, bare: Recording) -> None:
        told = environment(bare)
        assert told["SESSION_COOKIE_SECURE"] == "false", "nobody could vote over plain HTTP"
        assert told["DOMAIN"] == ""

    def test_sends_visitors_to_https_only_where_there_is_some(self, bare: Recording) -> None:
        assert environment(bare)["SECURE_SSL_REDIRECT"] == "false", (
            "every page would be out of reach"
        )

    @pytest.mark.parametrize("mode", ["require", "verify-full"])
    def test_demands_of_the_database_what_the_setting_says(self, mode: str) -> None:
        told = application_environment(settings({"database.ssl-mode": mode}), image_label="x")
        assert told["DATABASE_SSLMODE"] == mode, "anybody in between could be the database"

    def test_knows_all_of_its_names(self, rich: Recording) -> None:
        told = environment(rich)["DOMAIN_ALIASES"]
        assert told == "example.com,shop.example.com", "400 on these names"

    def test_gets_the_users_own_variables_and_secrets(self, rich: Recording) -> None:
        for process in processes(rich):
            told = environment(rich, process)
            assert (told["FEATURE_FLAG"], told["PAGE_SIZE"]) == ("on", "20")
            assert {"API_TOKEN", "LICENCE"} <= set(secrets(rich, process))

    def test_has_each_variable_once(self, rich: Recording) -> None:
        for process in processes(rich):
            found = container(rich, process)
            names = [each["name"] for each in (*found["environment"], *found["secrets"])]
            assert len(set(names)) == len(names), "ECS refuses the task"


class TestTheDatabasesPasswords:
    """The application has none; the owner's is read by one task, by reference."""

    def test_no_process_but_release_knows_of_the_owner(self, rich: Recording) -> None:
        for process in set(processes(rich)) - {"release"}:
            told = {**environment(rich, process), **secrets(rich, process)}
            assert not OWNER & set(told), "whoever breaks into it owns the database"
            assert "DATABASE_PASSWORD" not in told, "a password that nobody rotates"
            assert rich.outputs["database_secret_arn"] not in str(told), "the same, under a name"

    def test_release_gets_it_as_it_is_now(self, prod: Recording) -> None:
        assert environment(prod, "release")["DATABASE_OWNER_USER"] == "dbowner"
        reference = secrets(prod, "release")["DATABASE_OWNER_PASSWORD"]
        assert reference == f"{prod.outputs['database_secret_arn']}:password::", (
            "without a version: RDS rotates it between two releases"
        )


class TestPlainValues:
    """Everybody who may look at a task reads them."""

    @pytest.mark.parametrize("shape", ["prod", "rich", "rabbitmq"])
    def test_hold_no_secret(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        hidden = [
            str(value)
            for each in recording.custom
            for key in each.secret_inputs
            if isinstance(value := each.inputs[key], str)
        ]
        assert hidden, "the test compares with nothing"
        for process in processes(recording):
            told = str(environment(recording, process))
            assert not [value for value in hidden if value and value in told]
            words = ("PASSWORD", "SECRET", "TOKEN")
            named = [
                name
                for name in environment(recording, process)
                if any(word in name for word in words)
            ]
            assert not named, "a secret by its name"

    def test_are_the_same_text_each_time(self) -> None:
        first, second = plan(), plan({"service.spot": True})
        for process in processes(first):
            definitions = [
                task(each, process).inputs["containerDefinitions"] for each in (first, second)
            ]
            assert definitions[0] == definitions[1], "each update makes a new revision"


class TestReservedNames:
    """A user's variable that the stack sets too would be lost, or break the stack."""

    @pytest.mark.parametrize("shape", ["prod", "rich", "rabbitmq", "bare"])
    def test_are_all_that_the_stack_sets(self, shape: str, request: pytest.FixtureRequest) -> None:
        recording: Recording = request.getfixturevalue(shape)
        users = {"FEATURE_FLAG", "PAGE_SIZE", "API_TOKEN", "LICENCE"}
        for process in processes(recording):
            told = {**environment(recording, process), **secrets(recording, process)}
            free = [name for name in told.keys() - users if not reserved(name)]
            assert not free, f"config: {free} would be overwritten in silence"

    def test_are_no_more_than_the_stack_sets(self, rich: Recording) -> None:
        told = {**environment(rich), **secrets(rich)}
        assert set(told) >= KNOWN_WHILE_PLANNING, "a name is taken from users for nothing"
        assert set(told) >= KNOWN_LATER, "the same"

    def test_known_while_planning_are_what_a_command_may_use(self) -> None:
        told = application_environment(settings(), image_label="x")
        assert set(told) == KNOWN_WHILE_PLANNING, (
            "a command is accepted that cannot be made, or refused that could be"
        )

    @pytest.mark.parametrize(
        "name", ["AWS_REGION", "ECS_CONTAINER_METADATA_URI_V4", "QUEUE_URL_WORKER", "SECRET_KEY"]
    )
    def test_include_what_aws_and_queues_bring(self, name: str) -> None:
        assert reserved(name)

    @pytest.mark.parametrize("name", ["APP_PORT", "PORTS", "SECRET_KEY_FALLBACKS", "MY_AWS_REGION"])
    def test_leave_others_free(self, name: str) -> None:
        assert not reserved(name), "a user's name is refused for nothing"
