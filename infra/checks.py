"""Pure validators of single values; each returns the value or raises `RejectedError`."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network

from pydantic import SecretStr

from infra.problems import RejectedError

# Fargate task sizes: cpu units -> allowed memory in MiB
# [https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html]
FARGATE_MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
# CloudWatch Logs API, PutRetentionPolicy
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
PRIVATE_RANGES = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
# Docker's default bridge, which Fargate tasks also see as their own.
DOCKER_RANGE = IPv4Network("172.17.0.0/16")
# A /20 leaves 59 usable addresses in the smallest (database) subnet; a VPC is at most a /16.
VPC_PREFIX_LENGTHS = range(16, 21)

# A quarter of what one secret of Secrets Manager holds, which all of them share.
LONGEST_SECRET = 16_384

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


@dataclass(frozen=True)
class Matching:
    """Refuses a text that does not match a pattern as a whole, in words for a person."""

    pattern: str
    allowed: str
    write: str

    def __call__(self, text: str) -> str:
        """The text itself."""
        if not re.fullmatch(self.pattern, text, re.ASCII):
            raise RejectedError(f"{self.allowed} is allowed", self.write or '""')
        return text


def region(text: str) -> str:
    """A region of AWS's public partition.

    China, GovCloud and the isolated ones have other ARNs than those that the policies name.
    """
    foreign = text.startswith(("cn-", "us-gov-", "us-iso", "eu-isoe-", "eusc-"))
    if foreign or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", text):
        raise RejectedError("a region of AWS's public partition is allowed", "us-east-1")
    return text


def vpc_range(text: str) -> str:
    """A private IPv4 range for a VPC, /16 to /20."""
    example = "10.20.0.0/16"
    try:
        network = IPv4Network(text)
    except ValueError as error:
        raise RejectedError(
            f"an IPv4 range without host bits is allowed ({error})", example
        ) from error
    if not any(network.subnet_of(private) for private in PRIVATE_RANGES):
        raise RejectedError(
            "only private addresses (10/8, 172.16/12, 192.168/16) are allowed", example
        )
    if network.prefixlen not in VPC_PREFIX_LENGTHS:
        raise RejectedError("a size from /16 to /20 is allowed", example)
    if network.overlaps(DOCKER_RANGE):
        raise RejectedError("172.17.0.0/16 is Docker's own, any other is allowed", example)
    return text


def cidr(text: str) -> str:
    """Any IPv4 range without host bits."""
    try:
        IPv4Network(text)
    except ValueError as error:
        raise RejectedError(f"an IPv4 range is allowed ({error})", "10.0.0.0/16") from error
    return text


def fargate_pair(cpu_units: int, memory_mib: int) -> None:
    """Refuse a memory size that Fargate does not offer for these cpu units."""
    allowed = FARGATE_MEMORY_MIB[cpu_units]
    if memory_mib not in allowed:
        nearest = min(allowed, key=lambda size: abs(size - memory_mib))
        sizes = ", ".join(map(str, allowed))
        raise RejectedError(f"with {cpu_units} cpu units Fargate allows {sizes} MiB", str(nearest))


def log_retention(days: int) -> int:
    """A number of days that CloudWatch Logs knows, such as 7, 30 or 365.

    Never 0, which would keep logs for ever.
    """
    if days not in LOG_RETENTION_DAYS:
        nearest = min(LOG_RETENTION_DAYS, key=lambda allowed: abs(allowed - days))
        raise RejectedError(
            f"one of {', '.join(map(str, LOG_RETENTION_DAYS))} is allowed", str(nearest)
        )
    return days


def domain(text: str) -> str:
    """A lower-case domain name of at least two labels, no wildcard; empty means none."""
    if not text:
        return text
    labels = text.split(".")
    fits = len(text) <= 253 and len(labels) > 1 and all(map(_LABEL.fullmatch, labels))
    if not fits:
        suggestion = text.lower().removeprefix("*.").strip(".")
        good = len(suggestion.split(".")) > 1 and all(map(_LABEL.fullmatch, suggestion.split(".")))
        raise RejectedError(
            "a lower-case name such as app.example.com, no wildcard, is allowed",
            suggestion if good else "app.example.com",
        )
    return text


def owner_name(text: str) -> str:
    """Not postgres, admin or rdsadmin.

    Scanners and attackers try the first two, and RDS keeps the last one for itself.
    """
    if text in ("postgres", "admin", "rdsadmin"):
        raise RejectedError("any name but postgres, admin and rdsadmin is allowed", "dbowner")
    return text


def role_name(text: str) -> str:
    """Not a role that Postgres or RDS makes itself, nor one that is tried first."""
    if text in ("postgres", "admin") or text.startswith(("pg_", "rds")):
        raise RejectedError(
            "any name is allowed but postgres, admin and what begins with pg_ or rds", "app"
        )
    return text


def _minute_of_day(text: str) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if not match:
        raise ValueError(text)
    return int(match[1]) * 60 + int(match[2])


def _minute_of_week(text: str) -> int:
    day, _, time = text.partition(":")
    return DAYS.index(day) * DAY_MINUTES + _minute_of_day(time)


def daily_window(text: str) -> tuple[int, int]:
    """Start (minute of the day, UTC) and length (minutes) of "hh:mm-hh:mm", 30 minutes at least.

    Source of the minimum: RDS API, CreateDBInstance, PreferredBackupWindow.
    """
    example = "03:00-04:00"
    try:
        start, end = map(_minute_of_day, text.split("-"))
    except ValueError as error:
        raise RejectedError("hh:mm-hh:mm in UTC is allowed", example) from error
    length = (end - start) % DAY_MINUTES
    if length < 30:
        raise RejectedError("a window of 30 minutes or more is allowed", example)
    return start, length


def weekly_window(text: str) -> tuple[int, int]:
    """Start (minute of the week from Monday 00:00 UTC) and length of "ddd:hh:mm-ddd:hh:mm".

    30 minutes to 24 hours [RDS API, CreateDBInstance, PreferredMaintenanceWindow].
    """
    example = "sun:05:00-sun:06:00"
    try:
        start, end = map(_minute_of_week, text.lower().split("-"))
    except ValueError as error:
        raise RejectedError("ddd:hh:mm-ddd:hh:mm in UTC is allowed", example) from error
    length = (end - start) % WEEK_MINUTES
    if not 30 <= length <= DAY_MINUTES:
        raise RejectedError("a window of 30 minutes to 24 hours is allowed", example)
    return start, length


def daily(text: str) -> str:
    """A daily window in UTC, hh:mm-hh:mm, 30 minutes or more."""
    daily_window(text)
    return text


def weekly(text: str) -> str:
    """A weekly window in UTC, ddd:hh:mm-ddd:hh:mm, 30 minutes to 24 hours."""
    weekly_window(text)
    return text


def windows_overlap(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    """Whether a window of every day meets one of the week; both as (start, length) in minutes."""
    start, length = weekly
    for week in (0, WEEK_MINUTES):
        for day in range(8):
            begin = day * DAY_MINUTES + daily[0]
            if begin < start + length + week and start + week < begin + daily[1]:
                return True
    return False


def variable_text(value: object) -> object:
    """A text, a whole number or true and false, as the text that an environment holds."""
    if isinstance(value, SecretStr):
        raise RejectedError(
            "only a plain value is allowed, which everybody sees who may look at a task",
            "it under secrets instead, by "
            "`pulumi config set --secret --path 'flask-fargate:secrets.NAME'`; nothing stands",
        )
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def encrypted(value: object) -> object:
    """An encrypted value.

    Whoever reads the stack's file hands it over as a SecretStr.
    """
    if not isinstance(value, SecretStr):
        raise RejectedError(
            "only an encrypted value is allowed",
            "nothing by hand: take it out, make a new one, and run "
            "`pulumi config set --secret --path 'flask-fargate:secrets.NAME'` to put it",
        )
    if len(value) > LONGEST_SECRET:
        raise RejectedError(
            f"at most {LONGEST_SECRET} characters are allowed", "a shorter one, encrypted too,"
        )
    return value
