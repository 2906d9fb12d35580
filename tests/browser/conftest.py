"""Pages as a person sees them: a real server, a real Chromium on the partner's host, no error left unseen."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tenancy.accounts.models import User
from tests.browser.chromium import executable

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # playwright's synchronous API runs an event loop in this thread
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not printed between the tests' dots."""


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The portal on a free port of this machine; answers to every partner's host."""
    with django_db_blocker.unblock():
        httpd = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
        httpd.daemon_threads = True
        httpd.set_app(WSGIHandler())
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield httpd.server_port
        httpd.shutdown()


@pytest.fixture(scope="session")
def browser(server: int) -> Iterator[Browser]:
    """One Chromium; `*.testserver` is this machine, and as trustworthy as behind TLS."""
    program, environment = executable()
    origins = ",".join(f"http://{schema}.testserver:{server}" for schema in ("ta", "tb"))
    arguments = [
        "--no-sandbox",
        "--host-resolver-rules=MAP *.testserver 127.0.0.1",
        f"--unsafely-treat-insecure-origin-as-secure={origins}",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program, args=arguments, env={**os.environ, **environment, "LANG": "en_GB.UTF-8"}
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, server: int, transactional_tenant: Any) -> Iterator[Callable[..., Page]]:
    """`visit("/runs/", as_=user, theme="dark", size=PHONE)`; any console, policy or script error fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []
    host = f"http://{transactional_tenant.schema_name}.testserver:{server}"

    def open_page(path: str, *, as_: User | None = None, theme: str = "light", size: dict[str, int] = WIDE) -> Page:
        context = browser.new_context(
            base_url=host, locale="en-GB", timezone_id="UTC", reduced_motion="reduce", viewport=size, color_scheme=theme
        )
        contexts.append(context)
        if as_:
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": _session(as_), "url": host}])
        shown = context.new_page()
        shown.on("console", lambda message: message.type == "error" and errors.append(message.text))
        shown.on("pageerror", lambda error: errors.append(str(error)))
        shown.goto(path)
        return shown

    open_page.errors = errors
    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _session(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """What the accessibility checker finds wrong, one line each."""

    def check(page: Page) -> list[str]:
        page.evaluate(AXE.read_text())  # evaluate() is not subject to the page's policy
        found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", list(RULES))
        return [
            f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]
        ]

    return check


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keeps what was seen under `var/screens`."""
    folder = Path(settings.VAR_DIR) / "screens"
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return keep


def overflowing(page: Page) -> list[str]:
    """What sticks out of the window, or out of a box that cuts it off without a scroll bar."""
    return page.evaluate(
        """() => {
          const wide = document.documentElement.scrollWidth > innerWidth + 1
            ? [`page is ${document.documentElement.scrollWidth} wide`] : [];
          const cuts = (e, style) => style.overflowX === "hidden" && style.textOverflow !== "ellipsis";
          const cut = [...document.querySelectorAll("main *")].filter((e) =>
            e.clientWidth > 1 && e.scrollWidth > e.clientWidth + 1 && cuts(e, getComputedStyle(e)));
          return [...wide, ...cut.map((e) => e.outerHTML.slice(0, 120))];
        }"""
    )
