"""A parameter group of RDS as PostgreSQL takes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from emulated.server.postgres_settings import (
    BEGIN,
    END,
    INSERT_ACCESS_RULES,
    access_rules,
    configuration_sql,
    owner_sql,
    server_parameters,
)

REJECT = "hostnossl all all all reject"


def test_parameters_of_rds_itself_do_not_reach_the_server() -> None:
    given = {
        "log_min_duration_statement": "250",
        "rds.force_ssl": "1",
        "shared_preload_libraries": "pg_stat_statements",
        "max_connections": "LEAST({DBInstanceClassMemory/9531392},5000)",
        "evil; DROP": "x",
    }
    assert server_parameters(given) == {"log_min_duration_statement": "250"}, (
        "the server would refuse its configuration and not start again"
    )


def test_values_are_quoted() -> None:
    assert "SET search_path = 'o''brien';" in configuration_sql({"search_path": "o'brien"})


def test_the_roles_of_rds_exist_whatever_the_parameters() -> None:
    script = configuration_sql({})
    assert "CREATE ROLE rds_iam" in script, "granting rds_iam would fail"
    assert "CREATE ROLE rds_superuser" in script


def test_tls_is_forced_by_default_from_postgres_15() -> None:
    assert REJECT in access_rules({}, 17, "10.0.0.1", "owner"), (
        "a plain connection would work here only"
    )
    assert REJECT not in access_rules({}, 14, "10.0.0.1", "owner")
    assert REJECT not in access_rules({"rds.force_ssl": "0"}, 17, "10.0.0.1", "owner")
    assert REJECT in access_rules({"rds.force_ssl": "1"}, 14, "10.0.0.1", "owner")


def test_users_with_rds_iam_are_asked_for_a_token_before_any_other_rule() -> None:
    lines = access_rules({}, 17, "10.0.0.1", "owner").splitlines()
    iam = next(n for n, line in enumerate(lines) if "+rds_iam" in line)
    assert lines[iam].startswith("hostssl"), "a token would travel in clear"
    assert "ldapserver=10.0.0.1 ldapport=3890" in lines[iam]
    assert iam < lines.index(REJECT)


def test_the_owner_may_give_rds_iam_away_and_yet_logs_in_by_password() -> None:
    lines = access_rules({}, 17, "10.0.0.1", "owner").splitlines()
    by_password = lines.index('hostssl all "owner" all scram-sha-256')
    iam = next(n for n, line in enumerate(lines) if "+rds_iam" in line)
    assert by_password < iam, "who has rds_iam would be asked for a token"
    script = owner_sql("owner", "it's", "app")
    assert 'GRANT rds_iam, rds_superuser TO "owner" WITH ADMIN OPTION' in script
    assert "PASSWORD 'it''s'" in script


def test_the_owner_is_no_superuser() -> None:
    made = owner_sql("owner", "secret", "app")
    assert 'CREATE ROLE "owner" LOGIN CREATEDB CREATEROLE PASSWORD' in made
    assert "SUPERUSER" not in made, "what works here would be refused on RDS"


def test_rules_that_are_put_in_twice_stand_there_once(tmp_path: Path) -> None:
    rules = tmp_path / "pg_hba.conf"
    rules.write_text("host all all all scram-sha-256\n")
    script = INSERT_ACCESS_RULES.replace("/tmp/", f"{tmp_path}/")
    for address in ("10.0.0.1", "10.0.0.2"):
        (tmp_path / "hba").write_text(access_rules({}, 17, address, "owner"))
        subprocess.run(["sh", "-c", script], env={"PGDATA": str(tmp_path)}, check=True)
    text = rules.read_text()
    assert text.count(BEGIN) == text.count(END) == 1, "old rules would win over changed ones"
    assert "10.0.0.2" in text
    assert "10.0.0.1" not in text
    assert text.endswith("host all all all scram-sha-256\n"), "the server's own rules are gone"
