"""How many connections a database of some class takes."""

from infra.problems import RejectedError

# GiB of memory [https://aws.amazon.com/rds/instance-types/]
_BURSTABLE = {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32}
_GENERAL = {"large": 8, "xlarge": 16, "2xlarge": 32, "4xlarge": 64, "8xlarge": 128}
_MEMORY = {"large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256}
_FAMILIES = {
    **dict.fromkeys(("t3", "t4g"), _BURSTABLE),
    **dict.fromkeys(("m5", "m6i", "m6g", "m7i", "m7g", "m8g"), _GENERAL),
    **dict.fromkeys(("r5", "r6i", "r6g", "r7i", "r7g", "r8g"), _MEMORY),
}


def instance_memory_gib(instance_class: str) -> int:
    """Memory of an RDS instance class; `RejectedError` when the class is not in the table."""
    _, family, size = instance_class.split(".")
    sizes = _FAMILIES.get(family)
    if sizes is None:
        raise RejectedError(
            f"the families {', '.join(sorted(_FAMILIES))} are allowed", "db.t4g.small"
        )
    if size not in sizes:
        raise RejectedError(
            f"{family} has the sizes {', '.join(sizes)}", f"db.{family}.{list(sizes)[1]}"
        )
    return sizes[size]


def allowed_connections(instance_class: str) -> int:
    """RDS's default max_connections: LEAST(memory in bytes / 9531392, 5000).

    Source: RDS user guide, "Maximum number of database connections". RDS keeps part of the memory
    for itself, so the real number is a little lower: `reserved-connections` covers it.
    """
    return min(instance_memory_gib(instance_class) * 2**30 // 9531392, 5000)
