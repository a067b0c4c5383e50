"""What stops `make up` on this machine, in words for the person who typed it."""


class LocalError(Exception):
    """Something the person can put right: what happened, why, and what to do next."""

    def __init__(self, message: str, *, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
