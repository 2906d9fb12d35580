"""The web around the service: turns requests into calls and delivers answers, good or bad."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator

from flask import Flask, Response, request

from sandbox import control, routes
from sandbox.calls import Call, Result, answer, refused
from sandbox.errors import ApiError
from sandbox.openapi import document
from sandbox.outcome import Outcome
from sandbox.service import Service
from sandbox.web import add_pages

_CHUNK = b" " * 65536
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def make_app(service: Service) -> Flask:
    """The WSGI application of one service."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024

    @app.route(f"{routes.BASE}/<path:rest>", methods=_METHODS)
    def api(rest: str) -> Response:
        return _delivered(service.handle(_call()))

    @app.get("/api/openapi.json")
    def openapi() -> Response:
        return _plain(answer(document(request.host_url.rstrip("/"))))

    @app.errorhandler(413)
    def too_large(_: Exception) -> Response:
        return _plain(refused(ApiError(413, "tooLarge", "The file is larger than 64 MB. Send it in parts.")))

    @app.post("/oauth/token")
    def token() -> Response:
        return _delivered(service.handle(_call()))

    @app.route(f"{control.BASE}/<path:rest>", methods=_METHODS)
    def control_plane(rest: str) -> Response:
        try:
            return _plain(control.handle(service, _call()))
        except ApiError as fault:
            return _plain(refused(fault))

    add_pages(app, service)
    return app


def _call() -> Call:
    return Call(
        request.method,
        request.path,
        request.args.to_dict(),
        {name.lower(): value for name, value in request.headers.items()},
        request.get_data(cache=False, parse_form_data=False),
    )


def _plain(result: Result) -> Response:
    return Response(result.body, status=result.status, mimetype=result.media_type, headers=result.headers)


def _delivered(outcome: Outcome) -> Response:
    connection: socket.socket = request.environ["gunicorn.socket"]
    match outcome.manner:
        case "plain":
            return _plain(outcome.result)
        case "truncate":
            return _truncated(connection, outcome.result)
        case "huge":
            return Response(_huge(outcome), status=200, mimetype="application/json")
        case "hang":
            _hang(connection, outcome.seconds)
    _cut(connection)
    return Response(status=204)


def _truncated(connection: socket.socket, result: Result) -> Response:
    def half() -> Iterator[bytes]:
        yield result.body[: len(result.body) // 2]
        _cut(connection)

    headers = {**result.headers, "Content-Length": str(len(result.body))}
    return Response(half(), status=result.status, mimetype=result.media_type, headers=headers)


def _huge(outcome: Outcome) -> Iterator[bytes]:
    yield outcome.result.body
    for _ in range(outcome.size // len(_CHUNK)):
        yield _CHUNK


def _hang(connection: socket.socket, seconds: float) -> None:
    """Says nothing until the time is over or the caller has gone."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        readable, _, _ = select.select([connection], [], [], min(left, 0.5))
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the caller was faster
