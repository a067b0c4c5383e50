"""Network ACLs: each subnet is associated with one, and entries keep their ports."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

from ministack.services import ec2

from emulated.server.patching import Function, replace_each
from emulated.server.query_protocol import element
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
FILTERS = {
    "association.subnet-id": "SubnetId",
    "association.association-id": "NetworkAclAssociationId",
}
# Parameter of an entry: the element in which it is shown, and its name there.
PORTS = {
    "PortRange.From": ("portRange", "from"),
    "PortRange.To": ("portRange", "to"),
    "Icmp.Code": ("icmpTypeCode", "code"),
    "Icmp.Type": ("icmpTypeCode", "type"),
}


def install(_settings: ServerSettings) -> None:
    """Wrap the calls that read and change network ACLs."""
    replace_each(
        ec2,
        {
            "_describe_network_acls": _filtered,
            "_replace_network_acl_association": _moved,
            "_create_network_acl_entry": _with_ports,
            "_replace_network_acl_entry": _with_ports,
            "_network_acl_entry_xml": _showing_ports,
        },
    )


def associate() -> None:
    """Associate every subnet that has no network ACL with its VPC's default one."""
    acls = ec2._network_acls.values()
    known = {a["SubnetId"] for acl in acls for a in acl["Associations"]}
    for acl in acls:
        kept = [a for a in acl["Associations"] if a["SubnetId"] in ec2._subnets]
        if acl.get("IsDefault"):
            kept += [
                _association(name)
                for name, subnet in ec2._subnets.items()
                if subnet["VpcId"] == acl["VpcId"] and name not in known
            ]
        acl["Associations"] = kept


def _association(subnet: str) -> Record:
    return {"NetworkAclAssociationId": f"aclassoc-{uuid.uuid4().hex[:17]}", "SubnetId": subnet}


def _filtered(original: Function) -> Function:
    def describe(parameters: Record) -> Any:
        associate()
        filters = ec2._parse_filters(parameters)
        asked = {FILTERS[name]: values for name, values in filters.items() if name in FILTERS}
        if asked:
            matching = [i for i, acl in ec2._network_acls.items() if _matches(acl, asked)]
            named = {
                f"NetworkAclId.{n}": [i] for n, i in enumerate(matching or ["acl-none"], start=1)
            }
            parameters = {**parameters, **named}
        return original(parameters)

    return describe


def _matches(acl: Record, asked: dict[str, list[str]]) -> bool:
    return all(
        any(association[key] in values for association in acl["Associations"])
        for key, values in asked.items()
    )


def _moved(original: Function) -> Function:
    def change(parameters: Record) -> Any:
        associate()
        old = ec2._p(parameters, "AssociationId")
        subnets = (
            a["SubnetId"]
            for acl in ec2._network_acls.values()
            for a in acl["Associations"]
            if a["NetworkAclAssociationId"] == old
        )
        if (subnet := next(subnets, None)) is None:
            text = f"The association ID '{old}' does not exist"
            return ec2._error("InvalidAssociationID.NotFound", text, 400)
        result = original(parameters)
        if result[0] == 200:
            acl = ec2._network_acls[ec2._p(parameters, "NetworkAclId")]
            acl["Associations"][-1]["SubnetId"] = subnet
        return result

    return change


def _with_ports(original: Function) -> Function:
    def put(parameters: Record) -> Any:
        result = original(parameters)
        if result[0] == 200:
            given = {name: ec2._p(parameters, name) for name in PORTS}
            acl = ec2._network_acls[ec2._p(parameters, "NetworkAclId")]
            acl["Entries"][-1].update({name: value for name, value in given.items() if value})
        return result

    return put


def _showing_ports(original: Function) -> Function:
    def xml(entry: Record) -> str:
        shown: defaultdict[str, str] = defaultdict(str)
        for parameter, (group, name) in PORTS.items():
            if parameter in entry:
                shown[group] += element(name, entry[parameter])
        extra = "".join(f"<{group}>{inner}</{group}>" for group, inner in shown.items())
        text: str = original(entry)
        return text.replace("</item>", extra + "</item>")

    return xml
