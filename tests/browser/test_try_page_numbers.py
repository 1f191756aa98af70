"""What the page to try a bundle computes itself, compared with OpenCV and the library."""

import base64
import hashlib
from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page

from browser.served_bundle import served
from browsing import visit_address
from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.removal import remove_hair
from selcn.data.images import encode_jpeg
from selcn.data.packing import FITS, PackSettings, pack_image
from selcn.evaluation.calibration import with_temperature
from selcn.masks.lae import BLACK, WHOLE_IMAGE, lae_box
from selcn.storage.shards import shard_of

# Shrinking by whole and other numbers, growing, mixed, and as it is.
SIZES = [(90, 120, 32), (96, 96, 48), (96, 96, 32), (97, 131, 40), (30, 41, 64), (40, 90, 64), (64, 64, 64)]
# Arrays travel as Base64: as JSON they would take seconds.
HELPERS = """() => {
globalThis.bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
globalThis.textOf = (bytes) => {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};
globalThis.imageOf = ([height, width, content]) => ({ width, height, data: bytesOf(content) });
}"""


@pytest.fixture(scope="module")
def page(chromium, bundle) -> Iterator[Page]:
    """An empty page beside the modules of the page."""
    with served(bundle) as home, visit_address(chromium, f"{home}web/settings.json", home) as visited:
        visited.page.evaluate(HELPERS)
        yield visited.page


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def sent(image: np.ndarray) -> list:
    """Return an image, (H, W, 3) uint8, as the page's `imageOf` takes it."""
    return [*image.shape[:2], base64.b64encode(image.tobytes()).decode()]


def received(content: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return an array of the page's `textOf`."""
    return np.frombuffer(base64.b64decode(content), np.uint8).reshape(shape)


def differing(found: np.ndarray, wanted: np.ndarray) -> tuple[int, float]:
    """Return the largest difference, and the share of values that differ."""
    difference = np.abs(found.astype(int) - wanted)
    return int(difference.max()), float((difference > 0).mean())


@pytest.mark.parametrize("fit", FITS)
def test_packing_equals_opencv_s(page, rng, fit):
    """Bicubic interpolation may differ by a grey level: on some processors OpenCV leaves it to another library."""
    for height, width, size in SIZES:
        image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        script = """async ([image, settings]) => {
          const { pack } = await import("/web/resizing.js");
          return textOf(pack(imageOf(image), settings).data);
        }"""
        found = received(page.evaluate(script, [sent(image), {"size": size, "fit": fit}]), (size, size, 3))
        largest, share = differing(found, pack_image(image, PackSettings(size, fit)))
        side = max(height, width) if fit == "pad" else min(height, width)
        grows = size > side
        assert (largest, share) <= ((1, 0.1) if grows else (0, 0.0)), (height, width, size)


def test_hair_removal_finds_the_same_pixels_and_inpaints_alike(page, rng):
    script = """async ([images, settings]) => {
      const { openCv, removeHair } = await import("/web/hair.js");
      const cv = await openCv();
      return images.map((image) => {
        const clean = removeHair(cv, imageOf(image), settings);
        return [textOf(clean.image.data), clean.share];
      });
    }"""
    images = []
    for height, width in ((60, 80), (150, 200), (225, 300)):
        image = np.full((height, width, 3), (215, 170, 150), np.uint8)
        for start, end in rng.integers(0, (width, height), (6, 2, 2)):
            cv2.line(image, tuple(map(int, start)), tuple(map(int, end)), (60, 45, 40), 1)
        images.append(np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8))
    settings = {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}
    found = page.evaluate(script, [list(map(sent, images)), settings])
    for image, (content, share) in zip(images, found, strict=True):
        clean, mask = remove_hair(image, BlackHatSettings(**settings))
        assert mask.any()
        assert share == pytest.approx(mask.mean(), abs=1e-12)
        largest, differs = differing(received(content, image.shape), clean)
        assert largest <= 3
        assert differs < 0.01


def test_files_are_decoded_as_by_opencv_whatever_their_exif_and_profile_say(page, rng):
    image = cv2.resize(rng.integers(0, 256, (8, 10, 3), dtype=np.uint8), (100, 80), interpolation=cv2.INTER_CUBIC)
    jpeg = encode_jpeg(image)
    # EXIF that turns the image by 90 degrees.
    turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    marked = jpeg[:2] + b"\xff\xe1" + (len(turned) + 2).to_bytes(2, "big") + turned + jpeg[2:]
    png = cv2.imencode(".png", image[..., ::-1])[1].tobytes()
    script = """async (contents) => {
      const { decode } = await import("/web/decoding.js");
      const images = await Promise.all(contents.map((content) => decode(bytesOf(content))));
      return images.map(({ width, height, data }) => [height, width, textOf(data)]);
    }"""
    contents = [jpeg, marked, png]
    found = page.evaluate(script, [base64.b64encode(content).decode() for content in contents])
    for (height, width, text), content in zip(found, contents, strict=True):
        wanted = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
        assert (height, width) == wanted.shape[:2]
        assert differing(received(text, wanted.shape), wanted)[0] <= (0 if content is png else 2)


def test_boxes_equal_the_library_s(page, rng):
    """Sparse masks have many components, some of equal area."""
    script = """async ([masks, size, settings]) => {
      const { laeBox } = await import("/web/lae.js");
      return masks.map((mask) => laeBox(bytesOf(mask), size, settings)).map(({ box, found }) => [box, found]);
    }"""
    masks = [np.zeros((24, 24), np.uint8), np.ones((24, 24), np.uint8)]
    masks += [(rng.random((24, 24)) < share).astype(np.uint8) for share in (0.02, 0.1, 0.2, 0.4) for _ in range(10)]
    for empty_masks in (WHOLE_IMAGE, BLACK):
        settings = {"factor": 1.4, "empty_masks": empty_masks}
        found = page.evaluate(script, [[base64.b64encode(mask.tobytes()).decode() for mask in masks], 24, settings])
        assert [(tuple(box), lesion) for box, lesion in found] == [lae_box(mask, **settings) for mask in masks]


def test_the_outline_of_a_mask_is_its_pixels_edges(page):
    mask = np.zeros((4, 4), np.uint8)
    mask[1:3, 1:4] = 1
    script = """async ([mask, size]) => (await import("/web/pictures.js")).outlineOf(bytesOf(mask), size)"""
    found = page.evaluate(script, [base64.b64encode(mask.tobytes()).decode(), 4])
    assert found == "M1 1H4M1 1V3M1 3H4M4 1V3"


def test_folds_are_the_study_s(page):
    hashes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(50)]
    script = """async ([hashes, folds]) => {
      const { foldOf } = await import("/web/folds.js");
      return hashes.map((sha256) => foldOf(sha256, folds));
    }"""
    assert page.evaluate(script, [hashes, [4, 2, 0]]) == [(0, 2, 4)[shard_of(sha256, 3)] for sha256 in hashes]


def test_probabilities_are_scaled_by_the_temperature_as_in_the_library(page, rng):
    rows = np.vstack([rng.dirichlet(np.ones(7), 20), [[0, 0, 0, 0, 0, 0, 1]]])
    script = """async ([rows, temperature]) => {
      const { scaled } = await import("/web/numbers.js");
      return rows.map((row) => scaled(row, temperature));
    }"""
    for temperature in (0.5, 1, 20):
        found = page.evaluate(script, [rows.tolist(), temperature])
        np.testing.assert_allclose(found, with_temperature(rows, temperature), atol=1e-12)
