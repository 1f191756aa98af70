"""A browser; the report of a small study in the viewer's data format; and the report of a finished study."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from browser.drawn_report import DrawnReport
from browsing import Visit, hindrance, launch, visit


def pytest_collection_modifyitems(items):
    """Mark every test of this folder."""
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    reason = hindrance()
    if reason:
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> DrawnReport:
    """A report with photographs."""
    return DrawnReport(tmp_path_factory.mktemp("study") / "results/report").write()


@pytest.fixture
def opened(chromium, report) -> Callable:
    """Open the report (or another one's page); in the end nothing was complained about or requested elsewhere."""

    @contextmanager
    def opened(fragment: str = "", of: DrawnReport = report, **options) -> Iterator[Visit]:
        with visit(chromium, of.index, fragment=fragment, **options) as visited:
            if options.get("java_script_enabled", True):
                visited.page.locator(".viewer-field").first.wait_for(state="attached")
            yield visited
            assert visited.complaints == []
            assert visited.foreign_requests() == []

    return opened


@pytest.fixture(scope="session")
def results() -> Path:
    """The study's results, with its report."""
    study = Path(os.environ.get("SELCN_STUDY", Path(__file__).parents[2] / "demo"))
    if not (study / "results/report/index.html").exists():
        pytest.skip(
            f"{study}/results/report/index.html is missing; run `make demo` first, or name a study: SELCN_STUDY"
        )
    return study / "results"
