"""What AWS says of a stack that does well, apart from its processes; a test changes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.ops.calls import Calls
from tests.ops.stack import ACCOUNT, PREFIX, REGION

DATABASE = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:{PREFIX}"
SNAPSHOT = f"arn:aws:rds:{REGION}:{ACCOUNT}:snapshot:awsbackup:job-1"


def rule(cron: str, *, continuous: bool = False) -> dict[str, Any]:
    """A rule of the backup plan."""
    return {
        "RuleName": "rule",
        "TargetBackupVaultName": PREFIX,
        "ScheduleExpression": cron,
        "EnableContinuousBackup": continuous,
    }


def _of(metric: Any) -> str:
    """Values of a metric's dimensions, by their names."""
    dimensions = sorted((each["Name"], each["Value"]) for each in metric["Dimensions"])
    return "".join(f" {value}" for _, value in dimensions)


class World:
    """What AWS says of a stack that does well, apart from its processes."""

    def __init__(self, aws: Calls) -> None:
        self.now = datetime.now(UTC)
        self.instance: dict[str, Any] = {
            "DBInstanceStatus": "available",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "MaxAllocatedStorage": 50,
        }
        self.metrics = {
            "RequestCount": [9000.0, 1000.0],
            "HTTPCode_Target_5XX_Count": [3.0],
            "TargetResponseTime p50": [0.021],
            "TargetResponseTime p99": [1.25, 0.3],
            "CPUUtilization": [7.4, 90.0],
            "DatabaseConnections": [12.0],
            "FreeStorageSpace": [17.5 * 2**30],
        }
        self.points: list[dict[str, Any]] = [self.point(timedelta(hours=8))]
        self.jobs: list[dict[str, Any]] = []
        self.rules = [rule("cron(30 1 * * ? *)", continuous=True), rule("cron(0 2 * * ? *)")]
        self.alarms: list[dict[str, Any]] = [
            {"AlarmName": f"{PREFIX}-errors", "AlarmActions": ["arn:t"], "StateValue": "OK"},
            {
                "AlarmName": f"{PREFIX}-wake",
                "AlarmActions": [f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:x"],
                "StateValue": "ALARM",
            },
        ]
        self.amount, self.active_tags = "41.204", ["Project", "Environment"]
        aws.answer("rds:DescribeDBInstances", lambda _: {"DBInstances": [self.instance]})
        aws.answer("cloudwatch:GetMetricData", self._measured)
        aws.answer("cloudwatch:DescribeAlarms", lambda _: {"MetricAlarms": self.alarms})
        aws.answer("backup:ListRecoveryPointsByBackupVault", self._made)
        aws.answer(
            "backup:GetBackupPlan",
            lambda _: {"BackupPlan": {"BackupPlanName": PREFIX, "Rules": self.rules}},
        )
        aws.answer(
            "backup:ListRestoreJobsByProtectedResource", lambda _: {"RestoreJobs": self.jobs}
        )
        aws.answer("ce:GetCostAndUsage", lambda _: self._cost())
        aws.answer(
            "ce:ListCostAllocationTags",
            lambda _: {
                "CostAllocationTags": [
                    {"TagKey": key, "Type": "UserDefined", "Status": "Active"}
                    for key in self.active_tags
                ]
            },
        )

    def point(self, age: timedelta, **changes: Any) -> dict[str, Any]:
        return {
            "RecoveryPointArn": SNAPSHOT,
            "Status": "COMPLETED",
            "CreationDate": self.now - age,
            **changes,
        }

    def _made(self, asked: Any) -> dict[str, Any]:
        since = asked["ByCreatedAfter"]
        return {"RecoveryPoints": [each for each in self.points if each["CreationDate"] >= since]}

    def restore(self, age: timedelta, status: str, validation: str = "") -> dict[str, Any]:
        return {
            "RestoreJobId": "job",
            "Status": status,
            "CreationDate": self.now - age,
            "CreatedBy": {"RestoreTestingPlanArn": "arn:plan"},
            **({"ValidationStatus": validation} if validation else {}),
        }

    def _measured(self, asked: Any) -> dict[str, Any]:
        results = []
        for query in asked["MetricDataQueries"]:
            stat = query["MetricStat"]
            name, of = stat["Metric"]["MetricName"], _of(stat["Metric"])
            # What a test says of one balancer or target group comes before what it says of all.
            keys = [f"{name} {stat['Stat']}{of}", f"{name}{of}", f"{name} {stat['Stat']}", name]
            values = next((self.metrics[key] for key in keys if key in self.metrics), [])
            results.append({"Id": query["Id"], "Values": values})
        return {"MetricDataResults": results}

    def _cost(self) -> dict[str, Any]:
        total = {"UnblendedCost": {"Amount": self.amount, "Unit": "USD"}}
        return {"ResultsByTime": [{"Total": total}]}
