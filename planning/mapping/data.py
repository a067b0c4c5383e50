"""Database, buckets, keys and secrets, and the operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped, mapped

DATA: Final[Mapping[str, Mapped]] = {
    "aws:dynamodb/table:Table": mapped(
        Binding(
            "dynamodb",
            "CreateTable",
            members={
                "attributes": "AttributeDefinitions",
                "attributes.name": "AttributeName",
                "attributes.type": "AttributeType",
                "hashKey": "KeySchema.AttributeName",
                "name": "TableName",
                "rangeKey": "KeySchema.AttributeName",
                "serverSideEncryption": "SSESpecification",
                "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
            },
        ),
        Binding(
            "dynamodb",
            "UpdateContinuousBackups",
            members={
                "pointInTimeRecovery": "PointInTimeRecoverySpecification",
                "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
            },
        ),
    ),
    "aws:dynamodb/tableItem:TableItem": mapped(
        Binding("dynamodb", "PutItem"), own="hashKey rangeKey"
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": mapped(
        Binding(
            "elasticache",
            "CreateReplicationGroup",
            members={
                "description": "ReplicationGroupDescription",
                "nodeType": "CacheNodeType",
                "subnetGroupName": "CacheSubnetGroupName",
            },
        ),
        Binding("elasticache", "ModifyReplicationGroup", members={}),
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": mapped(
        Binding(
            "elasticache",
            "CreateCacheSubnetGroup",
            members={"description": "CacheSubnetGroupDescription", "name": "CacheSubnetGroupName"},
        ),
    ),
    "aws:kms/alias:Alias": mapped(Binding("kms", "CreateAlias", members={"name": "AliasName"})),
    "aws:kms/key:Key": mapped(
        Binding("kms", "CreateKey"),
        Binding(
            "kms", "ScheduleKeyDeletion", members={"deletionWindowInDays": "PendingWindowInDays"}
        ),
        Binding("kms", "EnableKeyRotation"),
        own="enableKeyRotation isEnabled",
    ),
    "aws:rds/instance:Instance": mapped(
        Binding(
            "rds",
            "CreateDBInstance",
            members={
                "backupWindow": "PreferredBackupWindow",
                "caCertIdentifier": "CACertificateIdentifier",
                "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
                "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
                "identifier": "DBInstanceIdentifier",
                "instanceClass": "DBInstanceClass",
                "maintenanceWindow": "PreferredMaintenanceWindow",
                "parameterGroupName": "DBParameterGroupName",
                "password": "MasterUserPassword",
                "performanceInsightsEnabled": "EnablePerformanceInsights",
                "username": "MasterUsername",
            },
        ),
        Binding(
            "rds",
            "DeleteDBInstance",
            members={"finalSnapshotIdentifier": "FinalDBSnapshotIdentifier"},
        ),
        own="allowMajorVersionUpgrade applyImmediately",
    ),
    "aws:rds/parameterGroup:ParameterGroup": mapped(
        Binding(
            "rds",
            "CreateDBParameterGroup",
            members={"family": "DBParameterGroupFamily", "name": "DBParameterGroupName"},
        ),
        Binding(
            "rds",
            "ModifyDBParameterGroup",
            members={"parameters.name": "ParameterName", "parameters.value": "ParameterValue"},
        ),
        own="namePrefix skipDestroy",
    ),
    "aws:rds/subnetGroup:SubnetGroup": mapped(
        Binding(
            "rds",
            "CreateDBSubnetGroup",
            members={"description": "DBSubnetGroupDescription", "name": "DBSubnetGroupName"},
        ),
    ),
    "aws:s3/bucket:Bucket": mapped(Binding("s3", "CreateBucket"), own="bucketPrefix forceDestroy"),
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": mapped(
        Binding("s3", "PutBucketCors", members={"corsRules": "CORSConfiguration.CORSRules"}),
    ),
    "aws:s3/bucketLogging:BucketLogging": mapped(
        Binding(
            "s3",
            "PutBucketLogging",
            root="BucketLoggingStatus.LoggingEnabled",
            members={"bucket": "/Bucket"},
        ),
    ),
    # A switch here, an empty structure there.
    "aws:s3/bucketNotification:BucketNotification": mapped(
        Binding("s3", "PutBucketNotificationConfiguration"), own="eventbridge"
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": mapped(
        Binding(
            "s3",
            "PutBucketLifecycleConfiguration",
            members={"rules": "LifecycleConfiguration.Rules"},
        ),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": mapped(
        Binding("s3", "PutBucketOwnershipControls", members={"rule": "OwnershipControls.Rules"}),
    ),
    "aws:s3/bucketPolicy:BucketPolicy": mapped(Binding("s3", "PutBucketPolicy")),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": mapped(
        Binding(
            "s3",
            "PutPublicAccessBlock",
            root="PublicAccessBlockConfiguration",
            members={"bucket": "/Bucket"},
        ),
        own="skipDestroy",
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        mapped(
            Binding(
                "s3",
                "PutBucketEncryption",
                members={"rules": "ServerSideEncryptionConfiguration.Rules"},
            ),
        )
    ),
    "aws:s3/bucketVersioning:BucketVersioning": mapped(Binding("s3", "PutBucketVersioning")),
    "aws:secretsmanager/secret:Secret": mapped(
        Binding("secretsmanager", "CreateSecret"),
        Binding("secretsmanager", "DeleteSecret"),
        Binding("secretsmanager", "PutResourcePolicy", members={"policy": "ResourcePolicy"}),
        own="namePrefix",
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": mapped(
        Binding("secretsmanager", "PutSecretValue"),
    ),
}
