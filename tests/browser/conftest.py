"""A browser, and the report of a small study in the viewer's data format."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
