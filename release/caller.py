"""Whoever asks AWS, as people know them."""


def short_name(arn: str) -> str:
    """The last part of a caller's ARN: its session, its user, or `root`."""
    return arn.rpartition("/")[2].rpartition(":")[2]
