"""What goes wrong for a person, as sentences: what happened, why, what to do next."""


class CloudError(Exception):
    """The emulated cloud cannot do what was asked; the text is meant for a terminal."""


class EngineError(CloudError):
    """No container engine can be used; the text says what is missing and how to get it."""
