"""The application load balancer."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.sections import Balancer as BalancerSettings

# TLS 1.2 and 1.3 with post-quantum key exchange; AWS's own default is of 2016.
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
HSTS = "max-age=31536000; includeSubDomains"


@dataclass(frozen=True, kw_only=True)
class BalancerArgs:
    """What the balancer takes; without a certificate it answers over plain HTTP."""

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str]
    certificate_arn: pulumi.Input[str] | None
    access_log_bucket: pulumi.Input[str]
    app_port: int
    settings: BalancerSettings
    after: Sequence[pulumi.Resource]
    # What rules that operators make on the listener may use: on destroy it goes after these.
    rule_targets: Sequence[pulumi.Resource]


class Balancer(pulumi.ComponentResource):
    """Where requests come in.

    * balancer across the public subnets, invalid headers dropped, access logs in S3
    * target group of task addresses, without a fixed name so that it can be replaced
    * HTTPS listener and a redirect to it, or one plain listener where there is no domain
    """

    dns_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    arn_suffix: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]
    target_group_arn_suffix: pulumi.Output[str]
    # Of the listener that sends requests to the application.
    listener_arn: pulumi.Output[str]
    listeners: Sequence[aws.lb.Listener]

    def __init__(
        self, name: str, args: BalancerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:balancer:Balancer", name, None, opts)
        self._name = name
        balancer = aws.lb.LoadBalancer(
            f"{name}-web",
            load_balancer_type="application",
            internal=False,
            subnets=args.subnet_ids,
            security_groups=[args.group_id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            xff_header_processing_mode="append",
            enable_deletion_protection=args.settings.deletion_protection,
            idle_timeout=args.settings.idle_timeout_seconds,
            access_logs={"bucket": args.access_log_bucket, "enabled": True},
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        group = self._create_target_group(args)
        self._child = pulumi.ResourceOptions(parent=balancer, depends_on=list(args.rule_targets))
        self.listeners = self._create_listeners(balancer, group, args.certificate_arn)
        self.listener_arn = self.listeners[-1].arn
        self.dns_name, self.zone_id = balancer.dns_name, balancer.zone_id
        self.arn, self.arn_suffix = balancer.arn, balancer.arn_suffix
        self.target_group_arn, self.target_group_arn_suffix = group.arn, group.arn_suffix
        self.register_outputs({"dns_name": self.dns_name})

    def _create_target_group(self, args: BalancerArgs) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{self._name}-web",
            vpc_id=args.vpc_id,
            target_type="ip",
            port=args.app_port,
            protocol="HTTP",
            deregistration_delay=args.settings.drain_seconds,
            health_check={
                "path": args.settings.health_path,
                "interval": args.settings.health_interval_seconds,
                "timeout": args.settings.health_timeout_seconds,
                "healthy_threshold": args.settings.healthy_threshold,
                "unhealthy_threshold": args.settings.unhealthy_threshold,
                "matcher": "200",
            },
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_listeners(
        self,
        balancer: aws.lb.LoadBalancer,
        group: aws.lb.TargetGroup,
        certificate_arn: pulumi.Input[str] | None,
    ) -> list[aws.lb.Listener]:
        forward: aws.lb.ListenerDefaultActionArgsDict = {
            "type": "forward",
            "target_group_arn": group.arn,
        }
        if certificate_arn is None:
            plain = aws.lb.Listener(
                f"{self._name}-http",
                load_balancer_arn=balancer.arn,
                port=80,
                protocol="HTTP",
                default_actions=[forward],
                routing_http_response_server_enabled=False,
                opts=self._child,
            )
            return [plain]
        redirect = aws.lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                {
                    "type": "redirect",
                    "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"},
                }
            ],
            opts=self._child,
        )
        secure = aws.lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[forward],
            routing_http_response_server_enabled=False,
            routing_http_response_strict_transport_security_header_value=HSTS,
            routing_http_response_x_content_type_options_header_value="nosniff",
            routing_http_response_x_frame_options_header_value="DENY",
            opts=self._child,
        )
        return [redirect, secure]
