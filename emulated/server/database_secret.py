"""The master password that RDS keeps in Secrets Manager: made, shown, rotated, deleted."""

from __future__ import annotations

import json
import logging
import uuid
from typing import Any

from ministack.core.responses import get_account_id, get_region, json_response
from ministack.services import rds, secretsmanager

from emulated.server import database
from emulated.server.database import Parameters, Record
from emulated.server.patching import Function, replace, replace_each
from emulated.server.query_protocol import element
from emulated.server.settings import ServerSettings

log = logging.getLogger(__name__)
# RDS rotates a managed password every seven days.
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
ROTATION_DAYS = 7
BOTH_GIVEN = "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled."


def install(_settings: ServerSettings) -> None:
    """Make ManageMasterUserPassword and RotateSecret do what they do on AWS."""
    replace_each(
        rds,
        {
            "_create_db_instance": _with_secret,
            "_modify_db_instance": _changing_secret,
            "_delete_db_instance": _with_its_secret,
        },
    )
    replace(secretsmanager, "_rotate_secret", _rotating_databases)
    database.SHOWN.append(_secret_xml)


def _wants_secret(parameters: Parameters) -> bool:
    return bool(rds._p(parameters, "ManageMasterUserPassword") == "true")


def _secret_value(user: str, password: str) -> str:
    return json.dumps({"username": user, "password": password})


def make_secret(parameters: Parameters, user: str, name: str) -> tuple[str, Record]:
    """A new password and the record of the secret that holds it, as an instance shows it."""
    password: str = rds._generate_master_user_password()
    default_key = f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/secretsmanager"
    key = rds._p(parameters, "MasterUserSecretKmsKeyId") or default_key
    secret_name = f"rds!db-{uuid.uuid4()}"
    arn = secretsmanager.create_secret_in_process(
        secret_name,
        _secret_value(user, password),
        description=f"Secret associated with primary RDS DB instance: {name}",
    )
    rules = {"AutomaticallyAfterDays": ROTATION_DAYS}
    secret = secretsmanager._secrets[secret_name]
    secret.update(RotationEnabled=True, RotationRules=rules, KmsKeyId=key)
    return password, {"SecretArn": arn, "SecretStatus": "active", "KmsKeyId": key}


def _with_secret(original: Function) -> Function:
    def create(parameters: Parameters) -> Any:
        if not _wants_secret(parameters) or database.named(parameters):
            return original(parameters)
        if rds._p(parameters, "MasterUserPassword"):
            return rds._error("InvalidParameterCombination", BOTH_GIVEN, 400)
        user = rds._p(parameters, "MasterUsername") or "admin"
        name = rds._p(parameters, "DBInstanceIdentifier")
        password, shown = make_secret(parameters, user, name)
        result = original({**parameters, "MasterUserPassword": [password]})
        instance = database.named(parameters)
        if result[0] != 200 or instance is None:
            secretsmanager.delete_secret_in_process(shown["SecretArn"])
            return result
        instance["MasterUserSecret"] = shown
        # Answered again: the first answer was written before the secret was known.
        return rds._single_instance_response(
            "CreateDBInstanceResponse", "CreateDBInstanceResult", instance
        )

    return create


def _changing_secret(original: Function) -> Function:
    def modify(parameters: Parameters) -> Any:
        instance = database.named(parameters)
        if instance is None:
            return original(parameters)
        secret = instance.get("MasterUserSecret")
        if _wants_secret(parameters) and not secret:
            name = instance["DBInstanceIdentifier"]
            password, secret = make_secret(parameters, instance["MasterUsername"], name)
            instance["MasterUserSecret"] = secret
            return original({**parameters, "MasterUserPassword": [password]})
        if secret and rds._p(parameters, "ManageMasterUserPassword") == "false":
            secretsmanager.delete_secret_in_process(secret["SecretArn"])
            del instance["MasterUserSecret"]
        elif secret and rds._p(parameters, "RotateMasterUserPassword") == "true":
            rotate(instance, original)
        return original(parameters)

    return modify


def _with_its_secret(original: Function) -> Function:
    def delete(parameters: Parameters) -> Any:
        instance = database.named(parameters)
        result = original(parameters)
        secret = (instance or {}).get("MasterUserSecret")
        if result[0] == 200 and secret:
            secretsmanager.delete_secret_in_process(secret["SecretArn"])
        return result

    return delete


def rotate(instance: Record, modify: Function) -> None:
    """Give the master user a new password, in the server and in the secret."""
    password = rds._generate_master_user_password()
    name = instance["DBInstanceIdentifier"]
    modify({"DBInstanceIdentifier": [name], "MasterUserPassword": [password]})
    value = _secret_value(instance["MasterUsername"], password)
    secretsmanager.put_secret_value_in_process(instance["MasterUserSecret"]["SecretArn"], value)
    log.info("RDS: rotated the master password of %s", name)


def _rotating_databases(original: Function) -> Function:
    def rotate_secret(data: Record) -> Any:
        _, secret = secretsmanager._resolve(data.get("SecretId"))
        instance = _owner_of(secret["ARN"]) if secret else None
        if instance is None:
            return original(data)
        if rules := data.get("RotationRules"):
            secret["RotationRules"] = rules
        if data.get("RotateImmediately", True):
            rotate(instance, rds._modify_db_instance)
        version, _ = secretsmanager._find_stage_version(secret, "AWSCURRENT")
        return json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version})

    return rotate_secret


def _owner_of(secret_arn: str) -> Record | None:
    for instance in rds._instances.values():
        if (instance.get("MasterUserSecret") or {}).get("SecretArn") == secret_arn:
            owner: Record = instance
            return owner
    return None


def _secret_xml(instance: Record) -> str:
    secret = instance.get("MasterUserSecret")
    if not secret:
        return ""
    inner = "".join(element(name, value) for name, value in secret.items())
    return f"<MasterUserSecret>{inner}</MasterUserSecret>"
