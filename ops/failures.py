"""AWS's refusals in words: what happened, why, and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import (
    ClientError,
    ConfigParseError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidConfigError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from ops.problems import OpsError
from release.aws_errors import AwsError, code_of, in_words, will_pass

if TYPE_CHECKING:
    from ops.verb import Operation

LOG_IN = "Log in again (`aws sso login`, or new keys in your shell), then repeat this."
_EXPIRED = {
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "TokenRefreshRequired",
}
_UNKNOWN_KEY = {
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "AuthFailure",
}
# The signature holds the time: of the key and of the clock, one is wrong.
_WRONG_SIGNATURE = {
    "InvalidSignatureException",
    "RequestInTheFuture",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
}
_DENIED = {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedOperation",
}
_GONE = ("NotFound", "NoSuch", "DoesNotExist", "NonExistentQueue", "ServiceNotActive")
_LIMIT = ("LimitExceeded", "QuotaExceeded", "TooMany")
_NO_LOGIN = (
    CredentialRetrievalError,
    LoginError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
_NO_NETWORK = (
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
_OWN_FILES = (ConfigParseError, InvalidConfigError)


def explained(error: Exception, operation: Operation, *, exit_code: int = 1) -> OpsError:
    """The error that a person reads instead of `error`, which AWS or its SDK raised."""
    caller = _caller(operation) if code_of(error) in _DENIED else ""
    elsewhere = _elsewhere(caller, operation)
    what = f"{operation.verb} of {operation.stack} stopped: {_sentence(error, caller)}"
    step = elsewhere or _next_step(error, operation)
    return OpsError(f"{what}\n{step}", exit_code=exit_code)


def is_about_the_login(error: Exception) -> bool:
    """Whether nothing else can be asked either: who asks is not known, or the network is gone."""
    codes = _EXPIRED | _UNKNOWN_KEY | _WRONG_SIGNATURE
    return isinstance(error, (*_NO_LOGIN, *_NO_NETWORK, *_OWN_FILES)) or code_of(error) in codes


def is_gone(error: Exception) -> bool:
    """Whether AWS does not know what it was asked for."""
    return any(mark in code_of(error) for mark in _GONE)


def is_denied(error: Exception) -> bool:
    """Whether the caller lacks the right to ask."""
    return code_of(error) in _DENIED


def short(error: Exception) -> str:
    """Why one thing of several cannot be told, in a few words."""
    if is_denied(error) and isinstance(error, ClientError):
        return f"your role may not ask for it ({error.operation_name})"
    return in_words(error)


def _sentence(error: Exception, caller: str) -> str:
    code = code_of(error)
    if isinstance(error, _NO_LOGIN):
        return f"there are no AWS credentials to use ({error})."
    if isinstance(error, _OWN_FILES):
        return f"your own AWS configuration cannot be read ({error})."
    if code in _EXPIRED:
        return "your AWS login has expired."
    if code in _UNKNOWN_KEY:
        return f"AWS does not know these credentials ({in_words(error)})."
    if code in _WRONG_SIGNATURE:
        return f"AWS does not believe these credentials ({in_words(error)})."
    if code in _DENIED:
        return f"{caller or 'you'} may not do that ({in_words(error)})."
    if isinstance(error, _NO_NETWORK):
        return f"AWS cannot be reached from here ({error})."
    if isinstance(error, ParamValidationError):
        return f"AWS cannot be asked like this ({error})."
    return f"AWS answered: {in_words(error)}."


def _next_step(error: Exception, operation: Operation) -> str:
    code = code_of(error)
    if isinstance(error, ProfileNotFound):
        return (
            "AWS_PROFILE names it: `aws configure list-profiles` shows those that there are, "
            "`aws configure sso` makes one."
        )
    if isinstance(error, _NO_LOGIN) or code in _EXPIRED:
        return LOG_IN
    if code in _UNKNOWN_KEY:
        return (
            f"{LOG_IN}\nIf that does not help: the region {operation.place.access.region} of "
            f"Pulumi.{operation.stack}.yaml may be one that the account has not switched on."
        )
    if code in _WRONG_SIGNATURE:
        return "Set this machine's clock, or copy the secret key again, then repeat this."
    if code in _DENIED:
        words = operation.verb.partition(" ")[0]
        return (
            f"Ask for what `bin/ops permissions {words} --stack {operation.stack}` prints, or use "
            "a role that has it; docs/permissions.md explains."
        )
    if isinstance(error, _NO_NETWORK):
        return (
            "Check the network, a proxy or VPN, and the region "
            f"{operation.place.access.region} of Pulumi.{operation.stack}.yaml."
        )
    if isinstance(error, _OWN_FILES):
        return "Correct ~/.aws/config or the variables that begin with AWS_, then repeat this."
    return _step_by_kind(error, code)


def _step_by_kind(error: Exception, code: str) -> str:
    if will_pass(error):
        return "That passes by itself: repeat this in a minute."
    if is_gone(error):
        return (
            "Something of the stack is gone that its outputs name. `bin/ops doctor` says what, "
            "`make up` brings it back."
        )
    if any(mark in code for mark in _LIMIT):
        return "The account has reached a limit; `bin/ops doctor` names it, AWS raises it."
    return "`bin/ops doctor` looks for what commonly causes that."


def _caller(operation: Operation) -> str:
    """ARN of who asks; empty when AWS does not say that either."""
    try:
        return operation.clients.sts.get_caller_identity()["Arn"]
    except AwsError:
        return ""


def _elsewhere(caller: str, operation: Operation) -> str:
    """What to do when the credentials are of another account; empty when they are not."""
    wanted = operation.place.access.account_id
    account = caller.split(":")[4] if caller.count(":") > 4 else ""
    if not account or account == wanted:
        return ""
    return (
        f"These credentials are of the account {account}, but the stack belongs to {wanted}: use "
        "that account's, then repeat this."
    )
