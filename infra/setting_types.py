"""What settings are made of: the closed section, the described field, and texts of some form."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from infra import checks, cron
from infra.checks import Matching
from infra.naming import LABEL_PATTERN


def setting(description: str, example: object, **limits: Any) -> Any:
    """A required field: what it means, a value to write, and pydantic's own limits.

    docs/settings.md is made of these (`python -m infra.settings_reference`).
    """
    return Field(description=description, examples=[example], **limits)


class Section(BaseModel):
    """Frozen, strict, closed; a key is the field's name with hyphens."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=lambda name: name.replace("_", "-"),
        validate_default=True,
    )


# YAML has lists; what is kept is a tuple.
Tuple = Field(strict=False)


def _matching(pattern: str, allowed: str, write: str) -> AfterValidator:
    return AfterValidator(Matching(pattern, allowed, write))


def _identifier(longest: int, example: str) -> AfterValidator:
    words = f"a lower-case letter, then letters, digits or _, {longest} characters at most,"
    return _matching(rf"[a-z][a-z0-9_]{{0,{longest - 1}}}", words, example)


# Of the stack
Label = Annotated[
    str,
    Field(max_length=32),
    _matching(
        LABEL_PATTERN,
        "a text of lower-case letters, digits and single hyphens between them, a letter first,",
        "web",
    ),
]
Owner = Annotated[
    str,
    Field(max_length=128),
    _matching(
        r"[A-Za-z0-9_.@ /+-]+", "a text of letters, digits, spaces and . _ @ / + -", "web-team"
    ),
]
Repository = Annotated[
    str,
    Field(max_length=256),
    _matching(
        r"[A-Za-z0-9_.:@/+-]+",
        "a text of letters, digits and . _ : @ / + -",
        "github.com/example/flask-fargate",
    ),
]
Region = Annotated[str, AfterValidator(checks.region)]
AccountId = Annotated[str, _matching(r"[0-9]{12}", "twelve digits in quotes", '"111122223333"')]
Endpoint = Annotated[
    str, _matching(r"https?://[^/\s]+", "an address without a path", "http://127.0.0.1:4566")
]
# Of the network
VpcRange = Annotated[str, AfterValidator(checks.vpc_range)]
Cidr = Annotated[str, AfterValidator(checks.cidr)]
Zone = Annotated[
    str,
    _matching(
        r"[a-z]{2}(-[a-z]+)+-\d[a-h]", "a zone's name, its region and a letter,", "us-east-1a"
    ),
]
Domain = Annotated[str, AfterValidator(checks.domain)]
ZoneId = Annotated[
    str,
    _matching(r"(Z[A-Z0-9]{3,31})?", "Z and capitals or digits, or nothing,", "Z0123456789ABC"),
]
HealthPath = Annotated[str, _matching(r"/[\w./-]*", "a path that begins with a slash", "/livez")]
Email = Annotated[
    str, _matching(r"[^@\s]+@[^@\s]+\.[^@\s]+", "an e-mail address", "ops@example.com")
]
# Of the database
EngineVersion = Annotated[
    str, _matching(r"1[5-9]", "a major version from 15 to 19, alone and in quotes,", '"18"')
]
InstanceClass = Annotated[
    str, _matching(r"db\.[a-z0-9]+\.[a-z0-9]+", "db, a family and a size", "db.t4g.micro")
]
DatabaseName = Annotated[str, _identifier(63, "app")]
DailyWindow = Annotated[str, AfterValidator(checks.daily)]
WeeklyWindow = Annotated[str, AfterValidator(checks.weekly)]
OwnerName = Annotated[str, _identifier(16, "dbowner"), AfterValidator(checks.owner_name)]
RoleName = Annotated[str, _identifier(16, "app"), AfterValidator(checks.role_name)]
# Of what runs, and when
Cron = Annotated[str, AfterValidator(cron.expression)]
TimeZone = Annotated[
    str, _matching(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)*", "an IANA time zone", "Europe/Berlin")
]
ImageUri = Annotated[
    str,
    _matching(
        r"([^\s@]+(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64}))?",
        "repository:tag or repository@sha256:digest, or nothing,",
        "",
    ),
]
ProcessName = Annotated[
    str,
    Field(max_length=16),
    _matching(
        r"(?!(web|release)$)[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "a process of the Procfile but web and release, lower-case letters, digits and hyphens,",
        "worker",
    ),
]
# Refused by ECS beyond this [ECS API, HealthCheck: a command of the shell].
HealthCommand = Annotated[str, Field(max_length=1000)]
FolderPath = Annotated[
    str,
    _matching(
        r"([\w-][\w.-]*(/[\w-][\w.-]*)*)?",
        "a folder's path from the project's, or nothing,",
        "app/migrations/versions",
    ),
]
# Of the application
VariableName = Annotated[
    str,
    Field(max_length=128),
    _matching(r"[A-Z][A-Z0-9_]*", "capitals, digits and _, a capital first,", "FEATURE_FLAG"),
]
VariableText = Annotated[str, Field(max_length=4096), BeforeValidator(checks.variable_text)]
SecretText = Annotated[SecretStr, BeforeValidator(checks.encrypted)]
LogRetention = Annotated[int, AfterValidator(checks.log_retention)]
