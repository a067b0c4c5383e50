"""What ministack forgets of a VPC: settings of flow logs and endpoints, account attributes."""

from __future__ import annotations

from typing import Any

from ministack.services import ec2

from emulated.server.patching import Function, replace_each
from emulated.server.query_protocol import element, lower_first
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
FLOW_LOG_SETTINGS = ("MaxAggregationInterval", "DeliverLogsPermissionArn", "LogFormat")
# Seconds; the default of EC2.
AGGREGATION_INTERVAL = "600"
ENDPOINT_SETTINGS = ("PrivateDnsEnabled", "PolicyDocument", "IpAddressType")
ACCOUNT_ATTRIBUTES = {
    "supported-platforms": "VPC",
    "default-vpc": "none",
    "max-instances": "20",
    "vpc-max-security-groups-per-interface": "5",
}


def install(_settings: ServerSettings) -> None:
    """Keep what was given and give it back."""
    replace_each(
        ec2,
        {
            "_create_flow_logs": _keeping_flow_log,
            "_describe_flow_logs": _showing_flow_log,
            "_create_vpc_endpoint": _keeping_endpoint,
            "_modify_vpc_endpoint": _keeping_endpoint,
            "_vpce_fields_xml": _showing_endpoint,
        },
    )
    ec2._ACTION_MAP["DescribeAccountAttributes"] = _describe_account


def _describe_account(_parameters: Record) -> Any:
    items = "".join(
        f"<item>{element('attributeName', name)}<attributeValueSet><item>"
        f"{element('attributeValue', value)}</item></attributeValueSet></item>"
        for name, value in ACCOUNT_ATTRIBUTES.items()
    )
    body = f"<accountAttributeSet>{items}</accountAttributeSet>"
    return ec2._xml(200, "DescribeAccountAttributesResponse", body)


def _keeping_flow_log(original: Function) -> Function:
    def create(parameters: Record) -> Any:
        before = set(ec2._flow_logs.keys())
        result = original(parameters)
        for name in set(ec2._flow_logs.keys()) - before:
            ec2._parse_tag_specs(parameters, "vpc-flow-log", name)
            given = {key: ec2._p(parameters, key) for key in FLOW_LOG_SETTINGS}
            given["MaxAggregationInterval"] = (
                given["MaxAggregationInterval"] or AGGREGATION_INTERVAL
            )
            ec2._flow_logs[name].update(given)
        return result

    return create


def _showing_flow_log(original: Function) -> Function:
    def describe(parameters: Record) -> Any:
        status, headers, body = original(parameters)
        text = body.decode() if isinstance(body, bytes) else body
        for name, flow in ec2._flow_logs.items():
            shown = element("flowLogId", name)
            extra = _settings_xml(flow, FLOW_LOG_SETTINGS)
            text = text.replace(shown, shown + extra)
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return describe


def _settings_xml(record: Record, names: tuple[str, ...]) -> str:
    return "".join(element(lower_first(n), record[n]) for n in names if record.get(n))


def _keeping_endpoint(original: Function) -> Function:
    def put(parameters: Record) -> Any:
        before = set(ec2._vpc_endpoints.keys())
        result = original(parameters)
        named = ec2._p(parameters, "VpcEndpointId")
        if named in ec2._vpc_endpoints:
            _remember_endpoint(ec2._vpc_endpoints[named], parameters)
            return result
        for name in set(ec2._vpc_endpoints.keys()) - before:
            endpoint = ec2._vpc_endpoints[name]
            _remember_endpoint(endpoint, parameters)
            # Answered again, with what has only now been stored.
            body = ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint")
            result = ec2._xml(200, "CreateVpcEndpointResponse", body)
        return result

    return put


def _remember_endpoint(endpoint: Record, parameters: Record) -> None:
    removed = ec2._parse_member_list(parameters, "RemoveSecurityGroupId")
    added = [
        *ec2._parse_member_list(parameters, "SecurityGroupId"),
        *ec2._parse_member_list(parameters, "AddSecurityGroupId"),
    ]
    groups = dict.fromkeys([*endpoint.get("Groups", []), *added])
    endpoint["Groups"] = [group for group in groups if group not in removed]
    given = {name: ec2._p(parameters, name) for name in ENDPOINT_SETTINGS}
    endpoint.update({name: value for name, value in given.items() if value})


def _showing_endpoint(original: Function) -> Function:
    def xml(endpoint: Record, tag: str = "item") -> str:
        groups = "".join(
            f"<item>{element('groupId', group)}</item>" for group in endpoint.get("Groups", [])
        )
        extra = f"<groupSet>{groups}</groupSet>" + _settings_xml(endpoint, ENDPOINT_SETTINGS)
        text: str = original(endpoint, tag)
        return text.removesuffix(f"</{tag}>") + extra + f"</{tag}>"

    return xml
