"""Names of the jobs: who sends one needs no more, and so need not import what does it."""

from __future__ import annotations

CLOSE_POLLS = "polls.close_due"
SEND_MAIL = "mail.send"
SEND_WAITING_MAILS = "mail.send_waiting"
MAKE_THUMBNAIL = "media.make_thumbnail"
MAKE_MISSING_THUMBNAILS = "media.make_missing_thumbnails"
SWEEP_MEDIA = "media.sweep"
SWEEP_RECORDS = "jobs.sweep"
