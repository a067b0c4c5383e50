"""The administrator's pages about jobs that were given up."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app.admin.blueprint import before_asked_for, blueprint
from app.database import db
from app.database.columns import LARGEST_ID
from app.jobs import failed
from app.jobs.models import FailedJob

PAGE_SIZE = 20
JOB = f"/jobs/<int(max={LARGEST_ID}):failed_id>"
NOT_SENT = "The job is not sent again: the queue cannot be reached. Try again in a minute."


@blueprint.get("/jobs")
def jobs() -> ResponseReturnValue:
    """List failed jobs, newest first; `?before=` pages."""
    before = before_asked_for()
    query = select(FailedJob).order_by(FailedJob.id.desc()).limit(PAGE_SIZE + 1)
    if before is not None:
        query = query.where(FailedJob.id < before)
    rows = db.session.scalars(query).all()
    shown = rows[:PAGE_SIZE]
    older = shown[-1].id if len(rows) > PAGE_SIZE else None
    return render_template("admin/jobs.html", jobs=shown, older=older, before=before)


@blueprint.post(f"{JOB}/retry")
def retry_job(failed_id: int) -> ResponseReturnValue:
    """Give a job to the worker once more; it leaves the list when it succeeds."""
    job = _find(failed_id)
    if failed.retry(job.id):
        flash(f"{job.task} is sent to the worker again.")
    else:
        flash(NOT_SENT, "problem")
    return redirect(url_for(".jobs"), 303)


@blueprint.post(f"{JOB}/forget")
def forget_job(failed_id: int) -> ResponseReturnValue:
    """Take a job off the list; it will not be done."""
    job = _find(failed_id)
    failed.forget(db.session, job.job_id)
    db.session.commit()
    flash(f"{job.task} is forgotten.")
    return redirect(url_for(".jobs"), 303)


def _find(failed_id: int) -> FailedJob:
    return db.session.get(FailedJob, failed_id) or abort(404)
