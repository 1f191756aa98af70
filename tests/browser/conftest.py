"""A browser; the report of a small study in the viewer's data format, and of a finished one; a bundle with its page."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from browser.drawn_report import DrawnReport
from browsing import Visit, hindrance, launch, visit
from selcn.prediction.known_writing import known_files
from selcn.prediction.web.libraries import LIBRARIES, NPM, LibraryError, provide_library
from selcn.prediction.web.write import write_page
from selcn.storage.artifacts import write_json
from toy_bundle import toy_photograph, write_toy_bundle

# As long as pages wait for elements: on a busy machine the default of 5 s is too short.
expect.set_options(timeout=60_000)


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


@pytest.fixture(scope="session")
def archives(tmp_path_factory) -> dict[str, Path]:
    """The archives of the page's libraries: those of the study, else from the npm registry."""
    study = Path(os.environ.get("SELCN_STUDY", Path(__file__).parents[2] / "demo"))
    folder = tmp_path_factory.mktemp("archives")
    for library in LIBRARIES.values():
        kept = study / f"results/web-libraries/{library.name}.tgz"
        try:
            content = kept.read_bytes() if kept.exists() else provide_library(library, NPM)
        except LibraryError as error:
            pytest.skip(str(error))
        (folder / library.archive).write_bytes(content)
    return {library.name: folder / library.archive for library in LIBRARIES.values()}


@pytest.fixture(scope="session")
def bundle(tmp_path_factory, archives) -> Path:
    """A bundle of small networks, with its page, which knows one photograph as an image of the study."""
    folder = tmp_path_factory.mktemp("bundle")
    known = pd.DataFrame(
        {
            "sha256": [sha256(toy_photograph(1)).hexdigest(), "0" * 64],
            "dataset": ["ham10000", "ham10000"],
            "image_id": ["ISIC_1", "ISIC_2"],
            "trained_on": [True, False],
            "segmentation_fold": [0, 1],
            "symmetry_fold": [2, 1],
        }
    )
    write_toy_bundle(folder)
    write_json(known_files(known), folder / "known.json")
    write_page(folder, archives)
    return folder
