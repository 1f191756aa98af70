"""The page of a finished study's bundle, compared with the library on the same packed images."""

import base64
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from browser.served_bundle import choose, served
from browser.test_try_page_numbers import HELPERS
from browsing import visit_address
from selcn.prediction.cascade import Cascade
from selcn.prediction.preparing import Prepared
from toy_bundle import toy_photograph

PACK = """async ([content, metadata]) => {
  const [{ prepare }, { openCv }] = await Promise.all([import("/web/preparing.js"), import("/web/hair.js")]);
  return textOf((await prepare(bytesOf(content), metadata, await openCv())).packed.data);
}"""


@pytest.fixture
def bundle(results) -> Path:
    """A bundle of the study with a page; that of a cell with CAMs where there is one."""
    pages = sorted(results.glob("*/bundle/*/web/settings.json"), key=lambda page: page.parts[-3].endswith("_sym-off"))
    if not pages:
        pytest.skip(f"{results} has no bundle with a page")
    return pages[0].parents[1]


@pytest.fixture
def home(bundle) -> Iterator[str]:
    with served(bundle) as home:
        yield home


def prepared(page: Page, content: bytes, metadata: dict) -> Prepared:
    """Return an image as the page's own modules pack it."""
    size = metadata["pack"]["size"]
    packed = page.evaluate(PACK, [base64.b64encode(content).decode(), {key: metadata[key] for key in ("hair", "pack")}])
    pixels = np.frombuffer(base64.b64decode(packed), np.uint8).reshape(size, size, 3)
    return Prepared(hashlib.sha256(content).hexdigest(), pixels, pixels, 0.0)


def test_the_page_predicts_as_the_library_does(chromium, bundle, home, tmp_path):
    files = [tmp_path / f"{seed}.jpg" for seed in range(3)]
    for seed, file in enumerate(files):
        file.write_bytes(toy_photograph(seed))
    cascade = Cascade.load(bundle, "cpu")
    with visit_address(chromium, f"{home}web/settings.json", home) as visited:
        visited.page.evaluate(HELPERS)
        images = [prepared(visited.page, file.read_bytes(), cascade.bundle.metadata) for file in files]
    with visit_address(chromium, f"{home}web/", home) as visited:
        choose(visited.page, files)
        for card, wanted in zip(
            visited.page.locator("#cards > li").all(), cascade.predict_prepared(images), strict=True
        ):
            rows = card.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => +row.dataset.probability)")
            np.testing.assert_allclose(rows, [*wanted.probabilities, *wanted.symmetry], atol=1e-3)
            details = card.locator(".details").inner_text()
            assert f"segmentation fold {wanted.segmentation_fold}, symmetry fold {wanted.symmetry_fold}" in details
            score = float(re.search(r"([\d.]+), marked above", details)[1])
            assert score == pytest.approx(wanted.unlike_score, abs=2e-3)
        assert visited.complaints == []
        assert visited.foreign_requests() == []
