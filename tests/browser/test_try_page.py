"""The page on which one tries a bundle: what it predicts, what it requests, and what it says of unusable files."""

import base64
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

import cv2
import numpy as np
import pytest
from playwright.sync_api import Locator, Route, expect

import selcn
from browser.served_bundle import choose, expected, served
from browsing import Visit, barriers, visit_address
from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.removal import remove_hair
from selcn.data.images import encode_jpeg
from selcn.data.packing import PackSettings, pack_image
from selcn.design.prediction_marks import TEXTS, UNLIKE, sentence
from selcn.design.terms import RESEARCH_USE
from selcn.prediction.web.digest import PAGE
from selcn.prediction.web.write import write_page
from selcn.storage.artifacts import write_json
from toy_bundle import METADATA, toy_photograph

VIEWER = Path(selcn.__file__).parent / "report/html/assets/viewer_frames.js"
STYLE = "(element) => [getComputedStyle(element).color, getComputedStyle(element).fontWeight]"
DROP = """([name, content]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
  return transfer;
}"""


def packed_by_python(content: bytes) -> np.ndarray:
    """Return the packed image of a JPEG, as the study makes it."""
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    clean, _ = remove_hair(image, BlackHatSettings(**METADATA["hair"]["settings"]))
    stored = cv2.imdecode(np.frombuffer(encode_jpeg(clean), np.uint8), cv2.IMREAD_COLOR_RGB)
    return pack_image(stored, PackSettings(**METADATA["pack"]))


def probabilities(table: Locator) -> np.ndarray:
    """Return the probabilities of a card's table."""
    return np.array(table.locator("tbody tr").evaluate_all("(rows) => rows.map((row) => +row.dataset.probability)"))


def drop(visited: Visit, name: str, content: bytes) -> None:
    """Drop a file on the page."""
    handle = visited.page.evaluate_handle(DROP, [name, base64.b64encode(content).decode()])
    visited.page.dispatch_event("#drop", "drop", {"dataTransfer": handle})


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Contents of files, by name: images, one of them of the study, and what is no image."""
    return {
        "lesion.jpg": toy_photograph(0),
        "known.jpg": toy_photograph(1),
        "notes.jpg": b"no image",
        "empty.png": b"",
        "last.jpg": toy_photograph(2),
        "green.jpg": toy_photograph(2, skin=(60, 200, 60)),
    }


@pytest.fixture(scope="module")
def visited(chromium, bundle, files, tmp_path_factory) -> Iterator[Visit]:
    """The page with the predictions of all files, the first one dropped and the others chosen.

    In the end nothing was complained about or requested elsewhere. One page, as it takes seconds to open.
    """
    folder = tmp_path_factory.mktemp("files")
    for name, content in files.items():
        (folder / name).write_bytes(content)
    with served(bundle) as home, visit_address(chromium, f"{home}web/", home) as visited:
        page = visited.page
        page.locator("#files:enabled").wait_for(state="attached")
        first, *others = files
        drop(visited, first, files[first])
        choose(page, [folder / name for name in others])
        yield visited
        assert visited.complaints == []
        assert visited.foreign_requests() == []
        assert any(url.endswith("/onnx/lesion.onnx") for url in visited.requests)


def card(visited: Visit, name: str) -> Locator:
    """Return the card of a file."""
    return visited.page.locator("#cards > li", has=visited.page.get_by_role("heading", name=name))


@pytest.mark.parametrize("name", ["lesion.jpg", "last.jpg", "green.jpg"])
def test_an_image_is_predicted_as_by_python(visited, files, bundle, name):
    content = files[name]
    wanted = expected(bundle, METADATA, packed_by_python(content), hashlib.sha256(content).hexdigest())
    lesion_table, symmetry_table = card(visited, name).locator("table").all()
    np.testing.assert_allclose(probabilities(lesion_table), wanted["probabilities"], atol=1e-3)
    np.testing.assert_allclose(probabilities(symmetry_table), wanted["symmetry"], atol=1e-3)
    predicted = METADATA["classes"][int(wanted["probabilities"].argmax())]
    verdict = card(visited, name).locator(".verdict").inner_text()
    assert f"({predicted}), probability {wanted['probabilities'].max():.3f}" in verdict
    assert f"{wanted['unlike']:.3f}, marked above 0.050" in card(visited, name).locator(".details").inner_text()
    x0, y0, x1, y1 = wanted["box"]
    box = card(visited, name).locator(".box").first
    assert [float(box.get_attribute(key)) for key in ("x", "y", "width", "height")] == [x0, y0, x1 - x0, y1 - y0]


def test_files_are_listed_in_order_and_those_that_are_no_images_are_named(visited, files):
    cards = visited.page.locator("#cards > li")
    assert cards.locator("h3").all_inner_texts() == list(files)
    said = cards.locator(".verdict").all_inner_texts()
    assert [text.startswith("Not predicted: ") for text in said] == [False, False, True, True, False, False]
    assert "expected an undamaged JPEG or PNG" in said[2]


def test_an_image_of_the_study_gets_the_networks_of_its_folds_and_is_marked(visited):
    known = card(visited, "known.jpg")
    assert "segmentation fold 0, symmetry fold 2" in known.locator(".details").inner_text()
    assert known.locator(".marks .bad").all_inner_texts() == [
        "The same file as ham10000/ISIC_1, which networks were trained on."
    ]
    assert known.locator(".marks .aside").count() == 0


def test_each_other_result_says_that_copies_of_the_study_s_images_are_not_recognised(visited):
    assert card(visited, "last.jpg").locator(".marks li").all_inner_texts() == [
        "Not the same file as an image of the study; copies of the study’s images are not recognised here."
    ]


def test_what_is_unlike_the_training_data_is_marked_and_its_class_is_grey(visited):
    unlike, usual = (card(visited, name) for name in ("green.jpg", "lesion.jpg"))
    assert unlike.locator(".marks .bad").all_inner_texts() == [sentence(TEXTS[UNLIKE])]
    assert usual.locator(".marks .bad").count() == 0
    for place in (".verdict", ".lesion .best th"):
        grey, plain = (own.locator(place).evaluate(STYLE) for own in (unlike, usual))
        assert grey == [unlike.locator(".details").evaluate(STYLE)[0], "400"]
        assert grey[0] != plain[0]
        assert int(plain[1]) >= 600


def test_the_page_names_cell_protocol_and_training_data(visited):
    told = visited.page.inner_text("#model")
    for text in (METADATA["cell"], METADATA["protocol"], "Toy lesions (9 images)"):
        assert text in told
    assert visited.page.is_visible("#demo")


def test_the_page_is_accessible_fits_its_window_and_says_at_all_times_what_it_is_for(visited):
    page = visited.page
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        assert barriers(page) == []
        assert visited.overflow() == 0
        for place in ("0", "document.body.scrollHeight"):
            page.evaluate(f"scrollTo(0, {place})")
            told = page.locator(".research")
            assert told.inner_text() == RESEARCH_USE
            assert 0 <= told.bounding_box()["y"] < 10


@pytest.fixture(scope="module")
def hairy(bundle, archives, tmp_path_factory) -> Path:
    """A bundle whose method of hair removal the browser lacks."""
    folder = tmp_path_factory.mktemp("hairy")
    metadata = {**METADATA, "hair": {"method": "lines", "settings": {}}, "demo": False}
    shutil.copytree(bundle / "onnx", folder / "onnx")
    write_json(metadata, folder / "metadata.json")
    write_page(folder, archives)
    return folder


def test_with_a_method_that_the_browser_lacks_the_page_removes_no_hair_and_says_so(chromium, hairy, tmp_path):
    path = tmp_path / "lesion.jpg"
    path.write_bytes(toy_photograph(0))
    with served(hairy) as home, visit_address(chromium, f"{home}web/", home) as visited:
        choose(visited.page, [path])
        assert "not removed" in visited.page.inner_text(".details")
        assert "No hair is removed" in visited.page.inner_text("#differences")
        assert "Not checked" in visited.page.inner_text(".marks")
        assert not visited.page.is_visible("#demo")
        assert [url for url in visited.requests if "opencv" in url] == []


@pytest.mark.parametrize("missing", ["metadata.json", "onnx/lesion.onnx"])
def test_a_bundle_that_cannot_be_opened_says_so_on_the_page(chromium, hairy, missing):
    with served(hairy, missing) as home, visit_address(chromium, f"{home}web/", home) as visited:
        state = visited.page.locator("#state.failure")
        state.wait_for()
        assert "The model cannot be opened." in state.inner_text()
        assert Path(missing).name in state.inner_text()
        assert visited.page.is_disabled("#files")


@contextmanager
def held(chromium, bundle, files) -> Iterator[tuple[Visit, Route]]:
    """The page with two files dropped while a network of its bundle is on its way, and the request for this one."""
    with served(bundle) as home, visit_address(chromium, "about:blank", home) as visited:
        requests = Queue()
        visited.page.route("**/onnx/lesion.onnx", lambda request: requests.put(request))
        with visited.page.expect_request("**/onnx/lesion.onnx"):
            visited.page.goto(f"{home}web/")
        visited.page.locator("#files:enabled").wait_for(state="attached")
        for name in ("lesion.jpg", "last.jpg"):
            drop(visited, name, files[name])
        expect(visited.page.locator("#cards .verdict")).to_have_text(["Waiting", "Waiting"])
        yield visited, requests.get_nowait()


def test_files_dropped_before_the_model_is_open_are_predicted_once_it_is(chromium, bundle, files):
    with held(chromium, bundle, files) as (visited, request):
        request.continue_()
        expect(visited.page.locator("#cards > .predicted h3")).to_have_text(["lesion.jpg", "last.jpg"])
        assert visited.complaints == []


def test_files_dropped_before_a_model_that_cannot_be_opened_are_refused(chromium, bundle, files):
    with held(chromium, bundle, files) as (visited, request):
        request.fulfill(status=404)
        expect(visited.page.locator("#cards > .refused")).to_have_count(2)
        assert "The model cannot be opened." in visited.page.inner_text("#state")


def test_without_a_server_the_page_says_how_it_is_served(chromium, bundle):
    with visit_address(chromium, (bundle / "web/index.html").as_uri(), "") as visited:
        assert "python -m http.server" in visited.page.inner_text("#state")


def test_the_page_and_the_report_s_viewer_colour_cams_alike():
    colours = [re.search(r'"(000004 [0-9a-f ]+)"', path.read_text())[1] for path in (PAGE / "pictures.js", VIEWER)]
    assert colours[0] == colours[1]
