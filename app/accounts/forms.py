"""Forms of accounts, validated on the server."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict
from wtforms import EmailField, Form, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # not in its types yet
from wtforms.validators import DataRequired, Length, ValidationError

from app.accounts import passwords
from app.accounts.models import EMAIL_LENGTH, NAME_LENGTH
from app.accounts.registry import NotAnEmailError, normal_email, one_line

# Days after which an API token ends; the empty choice is a token without an end.
TOKEN_DAYS = {"30": "30 days", "90": "90 days", "365": "a year", "": "no end"}


def _address(_form: Form, field: EmailField) -> None:
    try:
        field.data = normal_email(field.data or "")
    except NotAnEmailError as error:
        raise ValidationError(f"This is not an address for mail. {error}") from None


def _email() -> EmailField:
    return EmailField(
        "E-mail address",
        filters=[one_line],
        validators=[
            DataRequired("Write your e-mail address."),
            Length(max=EMAIL_LENGTH, message=f"An address has at most {EMAIL_LENGTH} characters."),
            _address,
        ],
    )


def _name() -> StringField:
    return StringField(
        "Name",
        filters=[one_line],
        validators=[
            DataRequired("Write the name that others see beside your polls."),
            Length(max=NAME_LENGTH, message=f"A name has at most {NAME_LENGTH} characters."),
        ],
    )


def _check_strength(field: PasswordField, *known: str) -> None:
    if problem := passwords.weakness(field.data or "", *known):
        raise ValidationError(problem)


class AddressForm(Form):
    """An e-mail address alone: where a link is sent."""

    email = _email()


class RegisterForm(AddressForm):
    """A new account whose password is chosen by the link that is mailed."""

    name = _name()


class RegisterAtOnceForm(RegisterForm):
    """A new account where the site sends no mail."""

    password = PasswordField("Password")

    def validate_password(self, field: PasswordField) -> None:
        """Strong enough, and not made of what others know."""
        _check_strength(field, self.email.data or "", self.name.data or "")


class SignInForm(Form):
    """What somebody signs in with; whether it is right is not the form's to say."""

    email = EmailField(
        "E-mail address",
        filters=[one_line],
        validators=[DataRequired("Write your e-mail address.")],
    )
    password = PasswordField("Password", validators=[DataRequired("Write your password.")])


class NewPasswordForm(Form):
    """A new password for an account that is known."""

    password = PasswordField("New password")

    def __init__(self, formdata: MultiDict[str, str], known: Sequence[str]) -> None:
        """`known` is what others know of the account: address and name."""
        super().__init__(formdata)
        self._known_of_owner = known

    def validate_password(self, field: PasswordField) -> None:
        """Strong enough, and not made of what others know."""
        _check_strength(field, *self._known_of_owner)


class ChangePasswordForm(NewPasswordForm):
    """Another password, with the one in use."""

    current = PasswordField("Current password", validators=[DataRequired("Write your password.")])


class NameForm(Form):
    """Another name."""

    name = _name()


class TokenForm(Form):
    """A new API token."""

    label = StringField(
        "Name of the token",
        filters=[one_line],
        validators=[
            DataRequired("Write what the token is for, so that you know it again."),
            Length(max=NAME_LENGTH, message=f"A name has at most {NAME_LENGTH} characters."),
        ],
    )
    days = SelectField(
        "Ends after",
        choices=[SelectChoice(days, text) for days, text in TOKEN_DAYS.items()],
        default="90",
    )


class ConfirmForm(Form):
    """The password, before something that cannot be taken back."""

    password = PasswordField("Password", validators=[DataRequired("Write your password.")])
