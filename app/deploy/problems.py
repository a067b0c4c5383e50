"""Why a release could not be prepared, in words for the person who released."""


class DeployError(Exception):
    """A step failed; the message says which one, why, and what to do."""
