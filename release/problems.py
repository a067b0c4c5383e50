"""What fails an update, in words that say what happened and what to do next."""


class ReleaseError(Exception):
    """The update must fail; the message, of several lines, is all that a person reads."""


class OvertakenError(ReleaseError):
    """Somebody else has ended the release meanwhile, to begin another."""
