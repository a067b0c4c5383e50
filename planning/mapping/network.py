"""The network and its rules, and the operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped, mapped


def _rule(operation: str) -> Mapped:
    return mapped(
        Binding(
            "ec2",
            operation,
            root="IpPermissions",
            members={
                "cidrIpv4": "IpRanges.CidrIp",
                "cidrIpv6": "Ipv6Ranges.CidrIpv6",
                "description": "IpRanges.Description",
                "prefixListId": "PrefixListIds.PrefixListId",
                "referencedSecurityGroupId": "UserIdGroupPairs.GroupId",
                "securityGroupId": "/GroupId",
            },
        ),
    )


NETWORK: Final[Mapping[str, Mapped]] = {
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": mapped(
        Binding("ec2", "CreateSecurityGroup"), own="ingress egress revokeRulesOnDelete"
    ),
    "aws:ec2/eip:Eip": mapped(Binding("ec2", "AllocateAddress")),
    "aws:ec2/flowLog:FlowLog": mapped(
        Binding(
            "ec2",
            "CreateFlowLogs",
            members={
                "iamRoleArn": "DeliverLogsPermissionArn",
                "subnetId": "ResourceIds",
                "vpcId": "ResourceIds",
            },
        ),
    ),
    "aws:ec2/internetGateway:InternetGateway": mapped(Binding("ec2", "AttachInternetGateway")),
    "aws:ec2/natGateway:NatGateway": mapped(Binding("ec2", "CreateNatGateway")),
    "aws:ec2/networkAcl:NetworkAcl": mapped(
        Binding("ec2", "CreateNetworkAcl"), own="egress ingress subnetIds"
    ),
    "aws:ec2/networkAclRule:NetworkAclRule": mapped(
        Binding(
            "ec2",
            "CreateNetworkAclEntry",
            members={
                "fromPort": "PortRange.From",
                "icmpCode": "IcmpTypeCode.Code",
                "icmpType": "IcmpTypeCode.Type",
                "toPort": "PortRange.To",
            },
        ),
    ),
    "aws:ec2/route:Route": mapped(Binding("ec2", "CreateRoute")),
    "aws:ec2/routeTable:RouteTable": mapped(
        Binding("ec2", "CreateRouteTable"), own="propagatingVgws routes"
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": mapped(
        Binding("ec2", "AssociateRouteTable")
    ),
    "aws:ec2/securityGroup:SecurityGroup": mapped(
        Binding("ec2", "CreateSecurityGroup", members={"name": "GroupName"}),
        own="egress ingress namePrefix revokeRulesOnDelete",
    ),
    "aws:ec2/subnet:Subnet": mapped(
        Binding("ec2", "CreateSubnet"), Binding("ec2", "ModifySubnetAttribute")
    ),
    "aws:ec2/vpc:Vpc": mapped(Binding("ec2", "CreateVpc"), Binding("ec2", "ModifyVpcAttribute")),
    "aws:ec2/vpcEndpoint:VpcEndpoint": mapped(
        Binding("ec2", "CreateVpcEndpoint", members={"policy": "PolicyDocument"}),
        own="autoAccept",
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule(
        "AuthorizeSecurityGroupEgress"
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule(
        "AuthorizeSecurityGroupIngress"
    ),
}
