"""AWS Backup: restore testing plans and their selections, as records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moto.backup.responses import BackupResponse

from emulated.server.moto_services.backup_calls import (
    CREATION_DATE,
    found,
    parts_after,
    route,
    shelf,
)


def install() -> None:
    """Add the calls that moto lacks."""
    route("restore-testing/plans(?P<rest>.*)")
    for noun in ("plan", "selection"):
        for verb, answer in (
            ("create", _put),
            ("update", _put),
            ("get", _get),
            ("delete", _delete),
        ):
            setattr(BackupResponse, f"{verb}_restore_testing_{noun}", answer)


@dataclass(frozen=True)
class Named:
    """What a request is about: a plan, or a selection within it."""

    kind: str
    plan: str
    name: str

    @classmethod
    def by(cls, response: Any) -> Named:
        """Read from ``/restore-testing/plans[/PLAN[/selections[/NAME]]]``, else from the body."""
        parts = parts_after(response, "plans")
        kind = "RestoreTestingSelection" if "selections" in parts else "RestoreTestingPlan"
        given = _body(response).get(kind, {}).get(f"{kind}Name", "")
        plan = parts[0] if parts else given
        own = parts[2:] if "selections" in parts else [plan]
        return cls(kind, plan, own[0] if own else given)

    @property
    def key(self) -> tuple[str, str]:
        """Where the record is kept."""
        return self.plan, self.name


def _body(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.body) if response.body else {}
    return body


def _base(response: Any, plan: str) -> dict[str, Any]:
    owner = f"arn:aws:backup:{response.region}:{response.current_account}"
    return {
        "RestoreTestingPlanName": plan,
        "RestoreTestingPlanArn": f"{owner}:restore-testing-plan:{plan}",
        "CreationTime": CREATION_DATE,
        "UpdateTime": CREATION_DATE,
    }


def _put(response: Any) -> str:
    named, body = Named.by(response), _body(response)
    records, base = shelf(response, named.kind), _base(response, named.plan)
    name = {f"{named.kind}Name": named.name}
    records[named.key] = {**records.get(named.key, {}), **body[named.kind], **name}
    if body.get("Tags"):
        response.backup_backend.tag_resource(base["RestoreTestingPlanArn"], body["Tags"])
    return json.dumps({**base, **name})


def _get(response: Any) -> str:
    named = Named.by(response)
    record = found(shelf(response, named.kind), named.key, named.kind)
    return json.dumps({named.kind: {**_base(response, named.plan), **record}})


def _delete(response: Any) -> tuple[int, dict[str, int], str]:
    named = Named.by(response)
    records = shelf(response, named.kind)
    found(records, named.key, named.kind)
    del records[named.key]
    # moto takes the status from here alone.
    return 204, {"status": 204}, ""
