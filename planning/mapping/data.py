"""Database, buckets, keys and secrets, and the operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped, mapped

DATA: Final[Mapping[str, Mapped]] = {
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
