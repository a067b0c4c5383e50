"""Names and the limits that AWS sets for them."""

# The prefix `<app-name>-<stage>` of every component. Balancer and target group names take 32
# characters [ELB API, CreateLoadBalancer], of which Pulumi's suffix takes 8 and a role 8.
PREFIX_MAX = 16
PULUMI_SUFFIX = 8
# Keys of an item in the table of releases; release.ledger reads and writes by them.
PARTITION_KEY, SORT_KEY = "stack", "number"
# Keys of the gates there, in the order of an update, and of what a rollback tells the program;
# release.rollback_notice writes by them, under the mark.
GATES_PARTITION = "gates"
RELEASE_GATE, ROLLOUT_GATE, ROLLBACK_NOTICE = 1, 2, 3
# No process has such a name.
ROLLBACK_MARK = "(rollback)"
# Key of the one item there that says what visitors see during maintenance.
MAINTENANCE_PARTITION, MAINTENANCE_NUMBER = "maintenance", 1
LABEL_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"


def prefix(app_name: str, stage: str) -> str:
    """The name that all of a stack's components share."""
    return f"{app_name}-{stage}"


def zone_letter(zone: str) -> str:
    """The letter that tells a region's zones apart: `a` of `us-east-1a`."""
    return zone[-1]


def service_name(stack_prefix: str, process: str) -> str:
    """The ECS service that keeps a process running."""
    return f"{stack_prefix}-{process}"


def log_group(stack_prefix: str, name: str) -> str:
    """The log group of a process, or of what else writes lines."""
    return f"/{stack_prefix}/{name}"


def outputs_parameter(stack_prefix: str) -> str:
    """The SSM parameter in which a stack publishes its outputs for `bin/ops`."""
    return f"/{stack_prefix}/outputs"
