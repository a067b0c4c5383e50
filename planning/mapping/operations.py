"""Logs, alarms, notices and backups, and the operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped, mapped

_BACKUP_RULE: Final = {
    "rules": "BackupPlan.Rules",
    "rules.completionWindow": "CompletionWindowMinutes",
    "rules.copyActions.destinationVaultArn": "DestinationBackupVaultArn",
    "rules.copyActions.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
    "rules.copyActions.lifecycle.deleteAfter": "DeleteAfterDays",
    "rules.lifecycle.coldStorageAfter": "MoveToColdStorageAfterDays",
    "rules.lifecycle.deleteAfter": "DeleteAfterDays",
    "rules.schedule": "ScheduleExpression",
    "rules.startWindow": "StartWindowMinutes",
    "rules.targetVaultName": "TargetBackupVaultName",
}

OPERATIONS: Final[Mapping[str, Mapped]] = {
    "aws:backup/plan:Plan": mapped(
        Binding(
            "backup",
            "CreateBackupPlan",
            members={"name": "BackupPlan.BackupPlanName", **_BACKUP_RULE},
        ),
    ),
    "aws:backup/selection:Selection": mapped(
        Binding(
            "backup",
            "CreateBackupSelection",
            root="BackupSelection",
            members={
                "name": "SelectionName",
                "planId": "/BackupPlanId",
                "selectionTags": "ListOfTags",
                "selectionTags.key": "ConditionKey",
                "selectionTags.type": "ConditionType",
                "selectionTags.value": "ConditionValue",
            },
        ),
    ),
    "aws:backup/vault:Vault": mapped(
        Binding(
            "backup",
            "CreateBackupVault",
            members={"kmsKeyArn": "EncryptionKeyArn", "name": "BackupVaultName"},
        ),
        own="forceDestroy",
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": mapped(
        Binding("backup", "PutBackupVaultLockConfiguration"),
    ),
    "aws:backup/vaultNotifications:VaultNotifications": mapped(
        Binding("backup", "PutBackupVaultNotifications"),
    ),
    "aws:backup/vaultPolicy:VaultPolicy": mapped(
        Binding("backup", "PutBackupVaultAccessPolicy"),
    ),
    "aws:cloudwatch/eventRule:EventRule": mapped(Binding("events", "PutRule")),
    "aws:cloudwatch/eventTarget:EventTarget": mapped(
        Binding(
            "events",
            "PutTargets",
            root="Targets",
            members={
                "inputTransformer.inputPaths": "InputPathsMap",
                "rule": "/Rule",
                "targetId": "Id",
            },
        ),
    ),
    "aws:cloudwatch/logGroup:LogGroup": mapped(
        Binding("logs", "CreateLogGroup", members={"name": "logGroupName"}),
        Binding("logs", "PutRetentionPolicy"),
        own="skipDestroy",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": mapped(
        Binding(
            "cloudwatch",
            "PutMetricAlarm",
            members={
                "metricQueries": "Metrics",
                "metricQueries.metric": "MetricStat",
                "metricQueries.metric.metricName": "Metric.MetricName",
                "metricQueries.metric.namespace": "Metric.Namespace",
                "name": "AlarmName",
            },
        ),
        # A mapping here, a list of names and values there.
        own="dimensions metricQueries.metric.dimensions",
    ),
    "aws:mq/broker:Broker": mapped(
        Binding("mq", "CreateBroker"),
        # The provider's words for them are not the API's; `limits` has them.
        own="applyImmediately engineType",
    ),
    "aws:sesv2/emailIdentity:EmailIdentity": mapped(Binding("sesv2", "CreateEmailIdentity")),
    # The API takes attributes as pairs of text; `limits` has what is known of them.
    "aws:sqs/queue:Queue": mapped(
        Binding("sqs", "CreateQueue", members={"name": "QueueName"}),
        own="kmsMasterKeyId messageRetentionSeconds receiveWaitTimeSeconds redrivePolicy "
        "sqsManagedSseEnabled visibilityTimeoutSeconds",
    ),
    "aws:sqs/queuePolicy:QueuePolicy": mapped(Binding("sqs", "SetQueueAttributes"), own="policy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": mapped(
        Binding("sqs", "SetQueueAttributes"), own="redriveAllowPolicy"
    ),
    "aws:sns/topic:Topic": mapped(
        Binding("sns", "CreateTopic"), own="kmsMasterKeyId displayName policy"
    ),
    "aws:sns/topicPolicy:TopicPolicy": mapped(
        Binding(
            "sns", "SetTopicAttributes", members={"arn": "TopicArn", "policy": "AttributeValue"}
        ),
    ),
    "aws:sns/topicSubscription:TopicSubscription": mapped(
        Binding("sns", "Subscribe", members={"topic": "TopicArn"}),
    ),
    "aws:ssm/parameter:Parameter": mapped(
        Binding("ssm", "PutParameter", members={"insecureValue": "Value"})
    ),
}
