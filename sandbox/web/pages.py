"""What all pages share: fetching, acting as somebody, rendering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import render_template, request
from werkzeug.wrappers import Response

from sandbox.calls import Call
from sandbox.errors import invalid
from sandbox.service import Service
from sandbox.shapes import User
from sandbox.web import present
from sandbox.work import Work

T = TypeVar("T")
Reply = Response
PERSON = "acting"  # cookie


class Pages:
    """The service, as pages use it."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def act(self, do: Callable[[Work, User], T]) -> T:
        """Does something as the person chosen in the header; raises ApiError."""
        return self.service.by_person(Call("POST", f"/web{request.path}"), lambda work: do(work, self._person(work)))

    def show(self, template: str, fetch: Callable[[Work], dict[str, Any]]) -> str:
        """A page: everything is fetched first, then rendered."""
        with self.service.store.transaction() as db:
            work = Work(db, self.service.store)
            people = work.of_company(User, None)
            shown = {"people": people, "me": self.me(people), "show": present, **fetch(work)}
        return render_template(template, **shown)

    def me(self, people: Sequence[User]) -> User | None:
        """The person chosen in the header: by cookie, else the first."""
        chosen = request.cookies.get(PERSON)
        return next((person for person in people if person.id == chosen), people[0] if people else None)

    def _person(self, work: Work) -> User:
        person = self.me(work.of_company(User, None))
        if person is None:
            raise invalid("There are no people in this service yet.")
        return person


def field(name: str) -> str:
    """A form field, trimmed; "" where it is missing."""
    return request.form.get(name, "").strip()
