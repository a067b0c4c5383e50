"""All that surrounds a stack's processes, all of it well: names, database, backups, quotas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dns.rdata import from_text
from dns.rdataclass import IN
from dns.rdatatype import RdataType

from ops.names.internet import Internet
from tests.ops.calls import Calls
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, PREFIX, REGION, Stack

ZONE = "polls.test"
HOST = f"staging.{ZONE}"
DATABASE_ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{PREFIX}"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/one"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:{PREFIX}"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{PREFIX}-secret-key-AbCdEf"
PROOF = (f"_proof.{HOST}", "_value.acm-validations.aws")
BALANCER_ADDRESS = "192.0.2.10"
FARGATE, SPOT, INTERFACES = "L-3032A538", "L-36FBB829", "L-DF5E4CA3"
ADDRESSES, NETWORKS = "L-0263D0A3", "L-F678F1CE"


class Surroundings:
    """What a test changes: plain values that AWS answers with, and what DNS says."""

    def __init__(self, stack: Stack, running: Running, aws: Calls, root: Path) -> None:
        self.stack, self.running, self.aws, self.root = stack, running, aws, root
        self.now = datetime.now(UTC)
        self.dns: dict[tuple[str, str], list[str] | Exception] = {}
        self.quotas = {FARGATE: 30.0, SPOT: 30.0, ADDRESSES: 5.0, NETWORKS: 5.0, INTERFACES: 5e3}
        self.instance: dict[str, Any] = self._instance()
        self.maintenance: list[dict[str, Any]] = []
        self.metrics = {
            "DatabaseConnections": [12.0, 30.0],
            "FreeStorageSpace": [15.0 * 2**30],
            "ResourceCount": [2.0],
        }
        self.alarms: list[dict[str, Any]] = []
        self.points = [self.point(timedelta(hours=8))]
        self.backup_cron = "cron(0 2 * * ? *)"
        self.failed_jobs: list[dict[str, Any]] = []
        self.certificate = self._certificate()
        self.identity: dict[str, Any] = {
            "VerifiedForSendingStatus": True,
            "DkimAttributes": {"Status": "SUCCESS"},
        }
        self.account = {"SendingEnabled": True, "ProductionAccessEnabled": True}
        self.subscriptions = [self.subscription("ops@polls.test", "arn:confirmed")]
        self.rotation: dict[str, Any] = {
            "RotationEnabled": True,
            "NextRotationDate": self.now + timedelta(days=3),
        }
        self.index: dict[str, Any] = {"manifests": [{"platform": {"architecture": "arm64"}}]}
        self.drain_seconds = 15
        self.processor, self.revision_status = "ARM64", "ACTIVE"
        self._answer()
        self._make_names()
        self.write_settings()

    def point(self, age: timedelta) -> dict[str, Any]:
        """A backup of that age."""
        made_at = self.now - age
        return {"RecoveryPointArn": "arn:point", "Status": "COMPLETED", "CreationDate": made_at}

    def subscription(self, address: str, arn: str) -> dict[str, str]:
        return {"Endpoint": address, "SubscriptionArn": arn, "Protocol": "email"}

    def write_settings(self, **changes: str) -> None:
        """The stack's file, without an example's values; `changes` are texts in it."""
        path = self.root / "Pulumi.staging.yaml"
        text = path.read_text()
        wanted = {
            "staging.example.com": HOST,
            "example.com": ZONE,
            "/example/": "/polls/",
            "Z0123456789EXAMPLE": "ZPOLLS123456",
            **changes,
        }
        for old, new in wanted.items():
            text = text.replace(old, new)
        path.write_text(text)

    def _answer(self) -> None:
        answers: dict[str, Any] = {
            "rds:DescribeDBInstances": lambda _: {"DBInstances": [self.instance]},
            "rds:DescribePendingMaintenanceActions": lambda _: {
                "PendingMaintenanceActions": [
                    {"PendingMaintenanceActionDetails": [each]} for each in self.maintenance
                ]
            },
            "cloudwatch:GetMetricData": self._measured,
            "cloudwatch:DescribeAlarms": lambda _: {"MetricAlarms": self.alarms},
            "backup:DescribeBackupVault": {"BackupVaultName": PREFIX},
            "backup:ListRecoveryPointsByBackupVault": lambda _: {"RecoveryPoints": self.points},
            "backup:GetBackupPlan": lambda _: {
                "BackupPlan": {
                    "BackupPlanName": PREFIX,
                    "Rules": [
                        {
                            "RuleName": "daily",
                            "TargetBackupVaultName": PREFIX,
                            "ScheduleExpression": self.backup_cron,
                        }
                    ],
                }
            },
            "backup:ListBackupJobs": lambda _: {"BackupJobs": self.failed_jobs},
            "acm:ListCertificates": lambda _: {
                "CertificateSummaryList": [{"CertificateArn": CERTIFICATE, "DomainName": HOST}]
                if self.certificate
                else []
            },
            "acm:DescribeCertificate": lambda _: {"Certificate": self.certificate},
            "ses:GetEmailIdentity": lambda _: self.identity,
            "ses:GetAccount": lambda _: self.account,
            "sns:ListSubscriptionsByTopic": lambda _: {"Subscriptions": self.subscriptions},
            "secretsmanager:DescribeSecret": lambda _: self.rotation,
            "servicequotas:GetServiceQuota": self._quota,
            "route53:GetHostedZone": self._zone,
            "route53:ListResourceRecordSets": self._record_sets,
            "elasticloadbalancing:DescribeTargetGroups": self._target_group,
            "elasticloadbalancing:DescribeTargetGroupAttributes": self._target_group_attributes,
            "ecs:DescribeTaskDefinition": self._task_definition,
            "ecr:DescribeRepositories": {"repositories": []},
            "ecr:BatchGetImage": lambda _: {
                "images": [{"imageManifest": json.dumps(self.index)}] if self.index else []
            },
        }
        for call, answer in answers.items():
            self.aws.answer(call, answer)

    def _instance(self) -> dict[str, Any]:
        return {
            "DBInstanceIdentifier": PREFIX,
            "DBInstanceArn": DATABASE_ARN,
            "DBInstanceStatus": "available",
            "DBInstanceClass": "db.t4g.micro",
            "EngineVersion": "18.1",
            "AllocatedStorage": 20,
            "MaxAllocatedStorage": 50,
            "BackupRetentionPeriod": 7,
            "LatestRestorableTime": self.now - timedelta(minutes=4),
            "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
            "PendingModifiedValues": {},
            "MasterUserSecret": {"SecretStatus": "active"},
            "Endpoint": {
                "Address": self.stack.outputs.database_endpoint,
                "Port": self.stack.outputs.database_port,
            },
        }

    def _certificate(self) -> dict[str, Any]:
        return {
            "CertificateArn": CERTIFICATE,
            "DomainName": HOST,
            "SubjectAlternativeNames": [HOST],
            "Status": "ISSUED",
            "NotAfter": self.now + timedelta(days=200, hours=1),
            "InUseBy": [self.stack.outputs.balancer_arn],
            "DomainValidationOptions": [
                {
                    "DomainName": HOST,
                    "ValidationStatus": "SUCCESS",
                    "ResourceRecord": {"Name": PROOF[0], "Type": "CNAME", "Value": PROOF[1]},
                }
            ],
        }

    def renewal(self, status: str) -> dict[str, Any]:
        """How ACM got on with a new certificate for the names."""
        options = [{"DomainName": HOST, "ValidationStatus": "PENDING_VALIDATION"}]
        return {
            "RenewalStatus": status,
            "DomainValidationOptions": options,
            "UpdatedAt": self.now,
        }

    def _measured(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "MetricDataResults": [
                {
                    "Id": query["Id"],
                    "Values": self.metrics.get(query["MetricStat"]["Metric"]["MetricName"], []),
                }
                for query in asked["MetricDataQueries"]
            ]
        }

    def _quota(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        code = asked["QuotaCode"]
        usage = {"MetricNamespace": "AWS/Usage", "MetricName": "ResourceCount"}
        return {
            "Quota": {
                "QuotaCode": code,
                "Value": self.quotas[code],
                **({"UsageMetric": usage} if code in {FARGATE, SPOT} else {}),
            }
        }

    def _make_names(self) -> None:
        balancer = self.stack.outputs.balancer_dns_name
        self.zone_id, self.servers = "Z0POLLS", ["ns-1.awsdns-01.org", "ns-2.awsdns-02.com"]
        alias = {
            "DNSName": f"dualstack.{balancer}.",
            "HostedZoneId": "ZBALANCER",
            "EvaluateTargetHealth": True,
        }
        self.records: dict[tuple[str, str], dict[str, Any]] = {
            (HOST, "A"): {"AliasTarget": alias},
            (PROOF[0], "CNAME"): {"TTL": 300, "ResourceRecords": [{"Value": PROOF[1]}]},
        }
        self.is_private = False
        self.stack.publish(domain_names=(HOST,), zone_id=self.zone_id, topic_arn=TOPIC)
        self.dns |= {
            (ZONE, "NS"): [f"{each}." for each in self.servers],
            (HOST, "A"): [BALANCER_ADDRESS],
            (balancer, "A"): [BALANCER_ADDRESS, "192.0.2.11"],
            (PROOF[0], "CNAME"): [f"{PROOF[1]}."],
        }

    def _zone(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "HostedZone": {
                "Id": f"/hostedzone/{asked['Id']}",
                "Name": f"{ZONE}.",
                "CallerReference": "one",
                "Config": {"PrivateZone": self.is_private},
            },
            "DelegationSet": {"NameServers": self.servers},
        }

    def _record_sets(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The record that was asked for, or what stands behind its place."""
        name, kind = asked["StartRecordName"].rstrip("."), asked["StartRecordType"]
        behind = {"TTL": 1, "ResourceRecords": [{"Value": "behind"}]}
        found = self.records.get((name, kind))
        shown = {"Name": f"{name if found else 'zz.' + ZONE}.", "Type": kind, **(found or behind)}
        return {"ResourceRecordSets": [shown], "IsTruncated": True, "MaxItems": "1"}

    def _task_definition(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """As the program writes it: with a processor, a time to stop in, and a secret."""
        process = asked["taskDefinition"].rpartition("/")[2].rpartition(":")[0]
        return {
            "taskDefinition": {
                "taskDefinitionArn": asked["taskDefinition"],
                "status": self.revision_status,
                "cpu": "256",
                "memory": "512",
                "runtimePlatform": {"cpuArchitecture": self.processor},
                "containerDefinitions": [
                    {
                        "name": process.removeprefix(f"{PREFIX}-"),
                        "stopTimeout": 20,
                        "secrets": [{"name": "SECRET_KEY", "valueFrom": f"{SECRET}:KEY::version"}],
                    }
                ],
            }
        }

    def _target_group(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "TargetGroups": [
                {
                    "TargetGroupArn": asked["TargetGroupArns"][0],
                    "HealthCheckPath": "/livez",
                    "HealthCheckIntervalSeconds": 5,
                    "HealthCheckTimeoutSeconds": 2,
                    "HealthyThresholdCount": 2,
                    "UnhealthyThresholdCount": 2,
                }
            ]
        }

    def _target_group_attributes(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        del asked
        key = "deregistration_delay.timeout_seconds"
        return {"Attributes": [{"Key": key, "Value": str(self.drain_seconds)}]}

    def answer_dns(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ask this instead of the internet."""

        def ask(_: Internet, name: str, kind: str) -> list[Any]:
            found = self.dns.get((name, kind), [])
            if isinstance(found, Exception):
                raise found
            return [from_text(IN, RdataType[kind], each) for each in found]

        monkeypatch.setattr(Internet, "_ask", ask)
