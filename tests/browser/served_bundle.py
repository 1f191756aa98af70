"""A bundle with a page, served from its folder as `python -m http.server` does."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from playwright.sync_api import Page

from selcn.masks.lae import box_mask, lae_box
from selcn.storage.shards import shard_of

PREDICTED = "#cards > li:nth-child({}):is(.predicted, .refused)"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, but for one that is missing, without a log."""

    def __init__(self, *arguments: Any, missing: str, **options: Any) -> None:
        self.missing = missing
        super().__init__(*arguments, **options)

    def send_head(self) -> Any:
        """Answer that the missing file is not there."""
        if self.missing and self.path.endswith(self.missing):
            return self.send_error(404)
        return super().send_head()

    def log_message(self, *arguments: object) -> None:
        """Log nothing."""


@contextmanager
def served(folder: Path, missing: str = "") -> Iterator[str]:
    """Serve a folder on a free port of this machine, and yield its URL; `missing`: the end of a file's path."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder, missing=missing)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def choose(page: Page, files: list[Path]) -> None:
    """Choose files on a page that is ready, and wait until each has a prediction or a reason why not."""
    page.locator("#files:enabled").wait_for(state="attached")
    before = page.locator("#cards > li").count()
    page.set_input_files("#files", files)
    for number in range(before, before + len(files)):
        page.locator(PREDICTED.format(number + 1)).wait_for()


def expected(bundle: Path, metadata: Mapping[str, Any], packed: np.ndarray, sha256: str) -> dict[str, Any]:
    """Return what a bundle's ONNX files say of a packed image in Python's onnxruntime."""

    def run(name: str, **inputs: np.ndarray) -> list[np.ndarray]:
        session = onnxruntime.InferenceSession(bundle / f"onnx/{name}.onnx", providers=["CPUExecutionProvider"])
        return session.run(None, {key: value[None] for key, value in inputs.items()})

    def fold(stage: str) -> int:
        folds = sorted(map(int, metadata[stage]["networks"]))
        return folds[shard_of(sha256, len(folds))]

    (masks,) = run(f"segmentation-{fold('segmentation')}", images=packed)
    box, found = lae_box(masks[0], **metadata["lae"])
    over = {
        "none": np.ones_like(masks[0]),
        "seg": masks[0] if found else box_mask(box, len(packed)),
        "lae": box_mask(box, len(packed)),
    }
    symmetry, cams, _ = run(f"symmetry-{fold('symmetry')}", images=packed, masks=over[metadata["symmetry"]["mask"]])
    networks, lesion_cams = run("lesion", images=packed, masks=over[metadata["lesion"]["mask"]], cams=cams[0])
    powers = networks[0].astype(np.float64).mean(axis=0) ** (1 / metadata["lesion"]["temperature"])
    return {
        "mask": masks[0],
        "box": box,
        "symmetry": symmetry[0],
        "probabilities": powers / powers.sum(),
        "networks": networks[0],
        "lesion_cam": lesion_cams[0],
        "unlike": run("unlike", images=packed)[0][0],
    }
