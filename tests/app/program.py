"""A program that uses the API, for tests of it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from app.accounts import tokens
from app.accounts.models import Role, User
from app.database import db
from tests.app.people import EMAIL, make_user

API = "/api/v1"
TEA = {"title": "Tea or coffee?", "options": ["Tea", "Coffee"]}


class Program:
    """A client with a token, or with none."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **given: Any) -> TestResponse:
        return self.client.get(path, headers=self.headers, **given)

    def read(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, f"{path} could not be read: {response.text}"
        return response.json

    def post(self, path: str, body: object = None) -> TestResponse:
        return self.client.post(path, headers=self.headers, json=body)

    def delete(self, path: str) -> TestResponse:
        return self.client.delete(path, headers=self.headers)

    def create(self, **changes: object) -> Any:
        response = self.post(f"{API}/polls", TEA | changes)
        assert response.status_code == 201, f"the poll was not made: {response.text}"
        return response.json


def token_of(app: Flask, email: str = EMAIL, role: Role = Role.AUTHOR) -> str:
    """A token of a new account."""
    number = make_user(app, email=email, role=role, password=None)
    with app.app_context():
        user = db.session.get(User, number)
        assert user
        return tokens.issue(db.session, user, "test")


def program_of(app: Flask, email: str = EMAIL, role: Role = Role.AUTHOR) -> Program:
    """A program with a token of a new account."""
    return Program(app, token_of(app, email, role))


def refused(response: TestResponse, status: int) -> Any:
    """The problem details of a refusal."""
    assert response.status_code == status, f"answered {response.status_code}: {response.text}"
    assert response.mimetype == "application/problem+json", "a program could not read the refusal"
    problem: Any = response.json
    assert problem["status"] == status
    assert problem["instance"] == response.headers["X-Request-ID"]
    return problem
