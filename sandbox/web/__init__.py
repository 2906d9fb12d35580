"""The pages of the stand-in: plain forms, rendered here, saying on every screen what this is."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, flash, redirect, request, url_for

from sandbox.errors import ApiError
from sandbox.service import Service
from sandbox.web import present
from sandbox.web.bill_pages import add_bill_pages
from sandbox.web.inbox_pages import add_inbox_pages
from sandbox.web.list_pages import add_list_pages
from sandbox.web.pages import Pages, Reply

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def add_pages(app: Flask, service: Service) -> None:
    """Adds every page to the application."""
    app.secret_key = "guards-nothing"  # noqa: S105 - signs the messages between two pages of a stand-in
    web = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
    pages = Pages(service)
    add_inbox_pages(web, pages)
    add_bill_pages(web, pages)
    add_list_pages(web, pages)
    _add_manners(web, pages)
    app.register_blueprint(web)


def _add_manners(web: Blueprint, pages: Pages) -> None:
    @web.before_request
    def same_origin() -> None:
        """A form of another site may not act here."""
        origin = request.headers.get("Origin")
        if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
            abort(403)

    @web.after_request
    def headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    @web.app_errorhandler(ApiError)
    def refused(fault: ApiError) -> Reply | tuple[str, int]:
        """What the service refuses is shown on the page one came from."""
        if request.method == "POST":
            flash(fault.message, "refused")
            return redirect(present.safe_return(request.referrer, request.host) or url_for("web.inbox"), 303)
        return pages.show("problem.html", lambda _: {"message": fault.message}), fault.status
