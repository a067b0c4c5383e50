"""All tables: whoever needs them whole (migrations, tests) imports this module."""

from app.accounts.models import ApiToken, User
from app.database import Base
from app.jobs.models import FailedJob, JobDone
from app.mail.models import Mail
from app.media.models import Picture
from app.polls.models import Option, Poll, Vote
from app.security.models import RateCount

__all__ = [
    "ApiToken",
    "Base",
    "FailedJob",
    "JobDone",
    "Mail",
    "Option",
    "Picture",
    "Poll",
    "RateCount",
    "User",
    "Vote",
]
