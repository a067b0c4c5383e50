"""The certificate, validated through DNS."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# A zone that is not delegated never validates: give up rather than wait for ever.
VALIDATION_TIMEOUT = "20m"


@dataclass(frozen=True, kw_only=True)
class CertificateArgs:
    """What the certificate takes: distinct names, the first one its own, all in one zone."""

    names: Sequence[str]
    zone_id: str


class Certificate(pulumi.ComponentResource):
    """An ACM certificate for all names.

    * certificate, one DNS record per name that proves it, and the wait until ACM has seen them
    """

    validated_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: CertificateArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:certificate:Certificate", name, None, opts)
        certificate = aws.acm.Certificate(
            f"{name}-https",
            domain_name=args.names[0],
            subject_alternative_names=list(args.names[1:]),
            validation_method="DNS",
            options={"certificate_transparency_logging_preference": "ENABLED"},
            tags={"Name": args.names[0]},
            opts=pulumi.ResourceOptions(parent=self),
        )
        records = [self._create_proof(name, certificate, host, args.zone_id) for host in args.names]
        validation = aws.acm.CertificateValidation(
            f"{name}-https",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=pulumi.ResourceOptions(
                parent=certificate,
                custom_timeouts=pulumi.CustomTimeouts(create=VALIDATION_TIMEOUT),
            ),
        )
        self.validated_arn = validation.certificate_arn
        self.register_outputs({"validated_arn": self.validated_arn})

    def _create_proof(
        self, name: str, certificate: aws.acm.Certificate, host: str, zone_id: str
    ) -> aws.route53.Record:
        # ACM answers in an order of its own: look the name up.
        option = certificate.domain_validation_options.apply(
            lambda options: next(each for each in options if each.domain_name == host)
        )
        return aws.route53.Record(
            f"{name}-proof-{host}",
            zone_id=zone_id,
            name=option.apply(lambda found: str(found.resource_record_name)),
            type=option.apply(lambda found: str(found.resource_record_type)),
            records=[option.apply(lambda found: str(found.resource_record_value))],
            ttl=300,
            # Another stack of the same domain proves it by the same record.
            allow_overwrite=True,
            opts=pulumi.ResourceOptions(parent=certificate),
        )
