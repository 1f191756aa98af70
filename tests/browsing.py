"""Pages opened from disk without a network, or from a server, in an installed Chromium, and what they do there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SETTINGS = tuple((width, scheme) for width in (1280, 390) for scheme in ("light", "dark"))
"""Width in pixels and colour scheme at which a page is checked."""


def chromium() -> str | None:
    """Return the path of Chromium: $CHROMIUM, or the first of PROGRAMS on the path; None where there is none."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, PROGRAMS)), None)


def hindrance() -> str | None:
    """Return why no page can be opened on this machine, or None where one can."""
    program = chromium()
    if program is None:
        return "no Chromium; make browser-test installs it as root on Debian, or set CHROMIUM to its path"
    if shutil.which(program) is None:
        return f"CHROMIUM={program} is not a program"
    return None


def launch(playwright: Playwright) -> Browser:
    """Start the installed Chromium, headless; its sandbox does not start as root."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=chromium(), args=arguments)


@dataclass
class Visit:
    """A page that is open, and what it did.

    Attributes
    ----------
    page
        Playwright's page.
    home
        URL below which the page may read: that of its folder, or its server's.
    complaints
        Console messages of level error or warning, and exceptions that nothing caught.
    requests
        Every URL requested, but for data within the page.
    """

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Collect complaints and requests from now on."""
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _heard(self, level: str, text: str) -> None:
        if level in ("error", "warning"):
            self.complaints.append(f"{level}: {text}")

    def foreign_requests(self) -> list[str]:
        """Return the requested URLs that are not below the page's home."""
        return [url for url in self.requests if not self._is_own(url)]

    def _is_own(self, url: str) -> bool:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return Path(unquote(parts.path)).resolve().as_uri().startswith(self.home)
        return parts.scheme in ("data", "blob") or url.startswith(self.home)

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


@contextmanager
def visit(
    browser: Browser, index: Path, *, fragment: str = "", width: int = 1280, scheme: str = "light", **options
) -> Iterator[Visit]:
    """Open a page from disk, offline, and close it in the end; `options` are those of Playwright's new_context."""
    address = index.as_uri() + (f"#{fragment}" if fragment else "")
    home = f"{index.parent.resolve().as_uri()}/"
    with visit_address(browser, address, home, width=width, scheme=scheme, offline=True, **options) as visited:
        yield visited


@contextmanager
def visit_address(
    browser: Browser, address: str, home: str, *, width: int = 1280, scheme: str = "light", **options
) -> Iterator[Visit]:
    """Open the page of an address and close it in the end; see `Visit` and `visit`."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce", **options
    )
    context.set_default_timeout(60_000)
    visited = Visit(context.new_page(), home)
    visited.listen()
    try:
        visited.page.goto(address)
        yield visited
    finally:
        context.close()


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical on the page as it is now, with the elements."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']} ({found['impact']}): {', '.join(str(node['target']) for node in found['nodes'])}"
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]
