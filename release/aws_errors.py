"""AWS's refusals: which of them pass by themselves, and how a person reads them."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own name; it covers no network and no answer
    HTTPClientError,
)

AwsError = (BotoCoreError, ClientError)
_SERVER_FAULT = 500
_TOO_MANY = {
    "RequestLimitExceeded",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestThrottledException",
}


def will_pass(error: Exception) -> bool:
    """Whether asking again later may help: throttled, no network, a fault of AWS's own."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code_of(error) in _TOO_MANY or status >= _SERVER_FAULT
    return isinstance(error, (ConnectionError, HTTPClientError))


def code_of(error: Exception) -> str:
    """AWS's code, such as AccessDeniedException; empty when AWS did not answer at all."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""


def in_words(error: Exception) -> str:
    """Which call AWS refused, and why."""
    if isinstance(error, ClientError):
        # One line: what is no AWS answers with a whole page.
        message = " ".join(error.response["Error"].get("Message", "").split())
        return f"{error.operation_name}: {code_of(error)}: {message}".rstrip(": ")
    return str(error)
