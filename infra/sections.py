"""The sections of a stack's settings: typed, frozen, every key required and described."""

from typing import Annotated, Literal

from infra.setting_types import (
    Cidr,
    Cron,
    DailyWindow,
    DatabaseName,
    Domain,
    Email,
    EngineVersion,
    HealthPath,
    ImageUri,
    InstanceClass,
    Label,
    LogRetention,
    OwnerName,
    RoleName,
    Section,
    TimeZone,
    Tuple,
    VpcRange,
    WeeklyWindow,
    Zone,
    ZoneId,
    setting,
)


class Network(Section):
    """Addresses, zones and the way out."""

    cidr: VpcRange = setting("Private range of the VPC, /16 to /20", "10.20.0.0/16")
    zones: Annotated[tuple[Zone, ...], Tuple] = setting(
        "Availability zones by name, appended to but never reordered",
        ["us-east-1a", "us-east-1b"],
        min_length=2,
        max_length=3,
    )
    egress: Literal["nat-gateway", "nat-gateway-per-zone", "none"] = setting(
        "How tasks reach the internet; none uses interface endpoints for AWS only", "nat-gateway"
    )
    peer_cidrs: Annotated[tuple[Cidr, ...], Tuple] = setting(
        "Ranges of other networks that this one must not overlap", []
    )


class DomainName(Section):
    """Names under which the application answers; empty strings mean plain HTTP."""

    # The common name of a certificate [ACM API, RequestCertificate].
    name: Domain = setting(
        "Host name of the application, or empty", "app.example.com", max_length=64
    )
    further_names: Annotated[tuple[Domain, ...], Tuple] = setting("More host names", [])
    zone_name: Domain = setting("Route 53 zone that holds all of the names", "example.com")
    zone_id: ZoneId = setting("Id of that zone, or empty", "Z0123456789EXAMPLE")


class Balancer(Section):
    """The application load balancer and its health check."""

    health_path: HealthPath = setting(
        "Path that answers 200 without touching the database", "/livez"
    )
    health_interval_seconds: int = setting("Between two health checks", 5, ge=5, le=300)
    health_timeout_seconds: int = setting("Answer expected within", 2, ge=2, le=120)
    healthy_threshold: int = setting("Passes until healthy again", 2, ge=2, le=10)
    unhealthy_threshold: int = setting("Failures until unhealthy", 2, ge=2, le=10)
    drain_seconds: int = setting("Time a leaving task gets for its requests", 15, ge=0, le=3600)
    idle_timeout_seconds: int = setting("Idle connection is closed after", 60, ge=1, le=3600)
    deletion_protection: bool = setting("AWS refuses to delete the balancer", True)
    access_log_days: int = setting("Access logs are kept in S3 for", 30, ge=1, le=3650)


class Database(Section):
    """RDS Postgres."""

    engine_version: EngineVersion = setting("Postgres major; minors are applied by AWS", "18")
    instance_class: InstanceClass = setting("RDS instance class", "db.t4g.small")
    storage_gib: int = setting("Storage at the start", 20, ge=20, le=65536)
    max_storage_gib: int = setting("Storage may grow by itself to", 100, ge=20, le=65536)
    multi_az: bool = setting("A standby in another zone", True)
    name: DatabaseName = setting("Name of the database in Postgres", "app")
    owner_name: OwnerName = setting("Owner (master) user; not postgres or admin", "dbowner")
    app_user: RoleName = setting(
        "Role of the application, made by the release phase; it has no password", "app"
    )
    port: int = setting("Port of the server", 5432, ge=1150, le=65535)
    ssl_mode: Literal["require", "verify-full"] = setting(
        "What the application demands: TLS, or TLS with a server that proves its name",
        "verify-full",
    )
    backup_retention_days: int = setting("RDS's own point-in-time recovery", 35, ge=1, le=35)
    backup_window: DailyWindow = setting("Daily window for RDS's own backups, UTC", "03:00-04:00")
    maintenance_window: WeeklyWindow = setting(
        "Weekly maintenance window, UTC", "sun:05:00-sun:06:00"
    )
    deletion_protection: bool = setting("AWS refuses to delete the database", True)
    final_snapshot: bool = setting("A snapshot is taken before the database is deleted", True)
    keep_automated_backups: bool = setting("Automated backups outlive the database", True)
    apply_immediately: bool = setting("Changes do not wait for the maintenance window", False)
    monitoring_interval_seconds: Literal[0, 1, 5, 10, 15, 30, 60] = setting(
        "Enhanced monitoring; 0 is off", 60
    )
    performance_insights: bool = setting("Performance Insights, kept for 7 days", True)
    log_exports: Annotated[tuple[Literal["postgresql", "upgrade"], ...], Tuple] = setting(
        "Server logs sent to CloudWatch", ["postgresql", "upgrade"]
    )
    slow_statement_ms: int = setting(
        "Statements slower than this are logged; -1 is off", 500, ge=-1, le=2147483647
    )
    reserved_connections: int = setting(
        "Connections kept for people, their consoles among them, and AWS", 10, ge=3, le=100
    )


class Service(Section):
    """The web service on ECS Fargate."""

    cpu_units: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = setting(
        "CPU of a task; 1024 is one vCPU", 256
    )
    memory_mib: int = setting("Memory of a task", 512, ge=512, le=122880)
    architecture: Literal["ARM64", "X86_64"] = setting("Processor of task and image", "ARM64")
    spot: bool = setting("Fargate Spot: cheaper, tasks may be taken away", False)
    threads: int = setting("Requests that a task serves at once", 8, ge=1, le=64)
    exec_enabled: bool = setting(
        "ECS Exec into tasks that serve; consoles of `bin/ops shell` and `psql` do without", False
    )
    grace_seconds: int = setting("Health checks do not count after a start for", 15, ge=0, le=600)
    # Less than the most that stop-timeout-seconds can be.
    longest_request_seconds: int = setting(
        "Longest request the application serves", 10, ge=1, le=115
    )
    stop_timeout_seconds: int = setting("From SIGTERM to SIGKILL", 20, ge=2, le=120)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "Lowest level that the application logs", "INFO"
    )


class ScheduledScaling(Section):
    """One scheduled change of the limits."""

    name: Label = setting("Name of the action", "office-hours")
    cron: Cron = setting("When, as an AWS cron expression", "cron(0 7 ? * MON-FRI *)")
    timezone: TimeZone = setting("Zone of the time, IANA name", "Europe/Berlin")
    min_tasks: int = setting("At least", 1, ge=0, le=1000)
    max_tasks: int = setting("At most", 4, ge=0, le=1000)


class Autoscaling(Section):
    """How many tasks run; more than min-tasks only when max-tasks allows it."""

    min_tasks: int = setting("At least", 2, ge=1, le=1000)
    max_tasks: int = setting("At most", 6, ge=1, le=1000)
    cpu_target_percent: int = setting("Average CPU to hold", 60, ge=10, le=90)
    requests_per_target_per_minute: int = setting("Requests per task to hold", 1000, ge=1)
    schedule: Annotated[tuple[ScheduledScaling, ...], Tuple] = setting("Scheduled actions", [])


class Image(Section):
    """Where the image comes from."""

    uri: ImageUri = setting("An existing image instead of a build, or empty", "")


class Registry(Section):
    """The ECR repository."""

    force_delete: bool = setting("Destroy deletes the images too", False)


class Keys(Section):
    """Customer-managed KMS keys."""

    customer_managed: bool = setting("Own keys; false uses AWS's", True)
    deletion_window_days: int = setting("A deleted key can be saved for", 30, ge=7, le=30)


class Logs(Section):
    """CloudWatch log groups."""

    retention_days: LogRetention = setting("Logs are kept for", 30)
    keep_on_destroy: bool = setting("Log groups outlive the stack", False)


class BackupRule(Section):
    """One snapshot rule of the AWS Backup plan."""

    name: Label = setting("Name of the rule", "daily")
    cron: Cron = setting("When, UTC", "cron(0 2 * * ? *)")
    keep_days: int = setting("Recovery points are kept for", 35, ge=1, le=36500)


class Backup(Section):
    """AWS Backup."""

    continuous_days: int = setting("Continuous recovery (PITR); 0 is off", 35, ge=0, le=35)
    rules: Annotated[tuple[BackupRule, ...], Tuple] = setting(
        "Snapshot rules", [{"name": "daily", "cron": "cron(0 2 * * ? *)", "keep-days": 35}]
    )
    vault_lock: bool = setting("Recovery points cannot be deleted early (governance mode)", True)
    vault_force_destroy: bool = setting("Destroy deletes the recovery points too", False)


class Waf(Section):
    """The web application firewall."""

    enabled: bool = setting("A web ACL in front of the balancer", True)
    # AWS WAF API, RateBasedStatement: at most two thousand million.
    requests_per_five_minutes: int = setting(
        "Allowed per client address", 2000, ge=100, le=2_000_000_000
    )


class Notifications(Section):
    """Who hears of failures."""

    emails: Annotated[tuple[Email, ...], Tuple] = setting("Addresses", ["ops@example.com"])


class Safeguards(Section):
    """What this stack may not do without."""

    protect: bool = setting("Pulumi refuses to delete what holds data", True)
    https_required: bool = setting("A stack without a domain is refused", True)
    email_required: bool = setting("A stack that tells nobody of failures is refused", True)
    redundancy_required: bool = setting(
        "A stack that one zone's loss stops (one task, one-zone database) is refused", True
    )
