"""The database: private, encrypted, recoverable, and never replaced by accident."""

import pytest

from infra.connections import allowed_connections
from infra.problems import RejectedError
from planning.recording import Recording
from tests.infra.planned import statements
from tests.support.tokens import INSTANCE, PARAMETER_GROUP, ROLE, SECURITY_GROUP, SUBNET

SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup"
MONITORING = "flaskapp-prod-monitoring"
# What no setting may change.
ALWAYS = [
    ("engine", "postgres", "another database"),
    ("storageEncrypted", True, "the disks and every snapshot lie open"),
    ("publiclyAccessible", False, "the internet tries its passwords"),
    ("manageMasterUserPassword", True, "the password lies in the state and never changes"),
    ("iamDatabaseAuthenticationEnabled", True, "logins without a password are not possible"),
    ("caCertIdentifier", "rds-ca-rsa2048-g1", "clients cannot verify the server"),
    ("autoMinorVersionUpgrade", True, "known holes stay open"),
    ("storageType", "gp3", "an older, dearer disk"),
    ("copyTagsToSnapshot", True, "nobody knows whose snapshot it is"),
]
# Setting, argument, and what a value becomes.
BY_SETTING = [
    ("multi-az", "multiAz", True, False),
    ("deletion-protection", "deletionProtection", True, False),
    ("keep-automated-backups", "deleteAutomatedBackups", False, True),
    ("final-snapshot", "skipFinalSnapshot", False, True),
    ("apply-immediately", "applyImmediately", False, True),
    ("performance-insights", "performanceInsightsEnabled", True, True),
]


class TestWhatNoSettingChanges:
    """There is no key for any of these, so no stack can be without them."""

    @pytest.mark.parametrize(("argument", "value", "otherwise"), ALWAYS, ids=lambda each: str(each))
    @pytest.mark.parametrize("shape", ["prod", "staging", "bare"])
    def test_holds_everywhere(
        self,
        shape: str,
        argument: str,
        value: object,
        otherwise: str,
        request: pytest.FixtureRequest,
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        assert recording.only(INSTANCE).inputs[argument] == value, otherwise

    @pytest.mark.parametrize("shape", ["prod", "bare"])
    def test_no_password_is_given(self, shape: str, request: pytest.FixtureRequest) -> None:
        inputs = request.getfixturevalue(shape).only(INSTANCE).inputs
        assert not {"password", "passwordWo"} & set(inputs), (
            "a password in the program or its state"
        )

    def test_it_stands_in_the_databases_subnets_and_group(self, prod: Recording) -> None:
        group = prod.only(SUBNET_GROUP)
        names = {
            prod.by_urn[urn].name
            for urn in group.property_dependencies["subnetIds"]
            if prod.by_urn[urn].type == SUBNET
        }
        assert names == {f"flaskapp-prod-database-{zone}" for zone in "abc"}, "it could be reached"
        instance = prod.only(INSTANCE)
        groups = {
            prod.by_urn[urn].name
            for urn in instance.property_dependencies["vpcSecurityGroupIds"]
            if prod.by_urn[urn].type == SECURITY_GROUP
        }
        assert groups == {"flaskapp-prod-database"}, "somebody else may speak to it"
        assert instance.inputs["dbSubnetGroupName"].startswith("flaskapp-prod-database")


class TestWhatSettingsChange:
    """A setting that does nothing is worse than none."""

    @pytest.mark.parametrize(("setting", "argument", "in_prod", "in_staging"), BY_SETTING)
    def test_reaches_the_instance(
        self, prod: Recording, staging: Recording,
        setting: str, argument: str, in_prod: bool, in_staging: bool,
    ) -> None:  # fmt: skip
        values = (prod.only(INSTANCE).inputs[argument], staging.only(INSTANCE).inputs[argument])
        assert values == (in_prod, in_staging), f"database.{setting} does not do what it says"

    def test_storage_grows_to_its_limit(self, prod: Recording) -> None:
        inputs = prod.only(INSTANCE).inputs
        assert (inputs["allocatedStorage"], inputs["maxAllocatedStorage"]) == (20, 200), (
            "a full disk stops the database"
        )

    def test_names_and_port_are_as_said(self, prod: Recording) -> None:
        inputs = prod.only(INSTANCE).inputs
        said = (inputs["dbName"], inputs["username"], inputs["port"], inputs["engineVersion"])
        assert said == ("app", "dbowner", 5433, "18")

    def test_measuring_can_be_off(self, prod: Recording, bare: Recording) -> None:
        assert prod.only(INSTANCE).inputs["monitoringInterval"] == 60
        off = bare.only(INSTANCE).inputs
        assert off["monitoringInterval"] == 0
        assert "monitoringRoleArn" not in off, "AWS refuses a role without measuring"
        assert off["performanceInsightsEnabled"] is False
        assert not {"performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"} & set(
            off
        ), "AWS refuses details of what is off"
        names = {each.name for each in bare.of_type(ROLE)}
        assert MONITORING not in names, "a role that nobody needs"

    def test_its_logs_are_exported(self, prod: Recording) -> None:
        exported = prod.only(INSTANCE).inputs["enabledCloudwatchLogsExports"]
        assert exported == ["postgresql", "upgrade"], "what Postgres said is lost"


class TestRecovery:
    """The data outlives every mistake but a decision."""

    def test_the_final_snapshot_has_a_name_that_no_earlier_stack_used(
        self, prod: Recording
    ) -> None:
        instance = prod.only(INSTANCE)
        assert instance.inputs["skipFinalSnapshot"] is False, "the next destroy would lose the data"
        name = instance.inputs["finalSnapshotIdentifier"]
        origin = {
            prod.by_urn[urn].type
            for urn in instance.property_dependencies["finalSnapshotIdentifier"]
        }
        assert SUBNET_GROUP in origin, "without a random part the second destroy fails: it exists"
        assert name.endswith("-final")
        assert name != "flaskapp-prod-final", "the same"

    def test_no_snapshot_is_named_where_none_is_taken(self, bare: Recording) -> None:
        assert "finalSnapshotIdentifier" not in bare.only(INSTANCE).inputs

    def test_the_window_belongs_to_aws_backup_where_that_recovers_continuously(
        self, prod: Recording
    ) -> None:
        instance = prod.only(INSTANCE)
        assert "backupWindow" not in instance.inputs, "it is changed back and forth for ever"
        assert "backupWindow" in instance.ignore_changes, "AWS Backup's own window would be undone"
        assert instance.inputs["backupRetentionPeriod"] == 35, "two retentions fight"

    def test_the_window_is_the_settings_where_it_does_not(self, bare: Recording) -> None:
        instance = bare.only(INSTANCE)
        assert instance.inputs["backupWindow"] == "03:00-04:00", "AWS chooses the hour of the load"
        assert not instance.ignore_changes, "a changed setting would do nothing"

    def test_nothing_that_the_settings_say_is_ignored(self, prod: Recording) -> None:
        assert prod.only(INSTANCE).ignore_changes == ("backupWindow",), (
            "a changed setting does nothing"
        )


class TestItsParameters:
    """A parameter group of its own, as AWS's cannot be changed."""

    def parameters(self, recording: Recording) -> dict[str, str]:
        found = recording.only(PARAMETER_GROUP).inputs["parameters"]
        return {each["name"]: each["value"] for each in found}

    def test_force_tls(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            assert self.parameters(recording)["rds.force_ssl"] == "1", "data crosses in the clear"

    def test_log_slow_statements_and_changes_of_tables(self, tuned: Recording) -> None:
        found = self.parameters(tuned)
        assert found["log_min_duration_statement"] == "750", "the setting does nothing"
        assert found["log_statement"] == "ddl", "nobody knows when a column vanished"
        assert tuned.only(PARAMETER_GROUP).inputs["family"] == "postgres17", "AWS refuses it"

    def test_log_no_values_of_people(self, prod: Recording) -> None:
        assert self.parameters(prod)["log_statement"] not in ("all", "mod"), (
            "what people write lies in the log"
        )

    def test_can_be_replaced_while_they_are_used(self, prod: Recording) -> None:
        assert "name" not in prod.only(PARAMETER_GROUP).inputs, "a new major version cannot be made"


class TestItsMonitoring:
    """RDS writes measures through a role."""

    def test_is_done_by_rds_for_this_account_alone(self, prod: Recording) -> None:
        (statement,) = statements(prod.named(MONITORING, ROLE), "assumeRolePolicy")
        assert statement["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "000000000000"}}, (
            "another customer could make RDS use it"
        )

    def test_starts_once_the_role_may_write(self, prod: Recording) -> None:
        instance = prod.only(INSTANCE)
        used = {
            prod.by_urn[urn].type for urn in instance.property_dependencies["monitoringRoleArn"]
        }
        assert "aws:iam/rolePolicyAttachment:RolePolicyAttachment" in used, "RDS refuses the role"
        assert instance.inputs["monitoringRoleArn"].startswith("arn:aws:iam::000000000000:role/")


class TestConnections:
    """What the class of an instance takes decides how many tasks there may be."""

    @pytest.mark.parametrize(
        ("instance_class", "count"),
        [
            ("db.t4g.micro", 112),
            ("db.t4g.small", 225),
            ("db.t3.medium", 450),
            ("db.m8g.large", 901),
            ("db.r6g.large", 1802),
            ("db.r8g.8xlarge", 5000),
        ],
    )
    def test_follow_from_its_memory(self, instance_class: str, count: int) -> None:
        assert allowed_connections(instance_class) == count, "tasks are refused by the database"

    def test_of_an_unknown_class_are_not_guessed(self) -> None:
        with pytest.raises(RejectedError, match="families"):
            allowed_connections("db.x1.large")
