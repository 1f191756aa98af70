"""Remove the hair from every image of one data set: clean images, and a manifest that lists them."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import cv2
import pandas as pd
from tqdm import tqdm

from selcn.artifacts import read_table, replacing, write_table
from selcn.hair import HairSettings, encode_jpeg, read_image, remove_hair
from selcn.job import logged

COLUMNS = ("image_id", "path", "hair_share", "width", "height", "sha256")


def clean_image(row, images: Path, manifest: Path, settings: HairSettings) -> dict[str, object]:
    """Write one image of the index without its hair, and return its row of the manifest."""
    clean, mask = remove_hair(read_image(row.path, row.sha256), settings)
    content = encode_jpeg(clean)
    path = images / f"{row.image_id}.jpg"
    with replacing(path) as temporary:
        temporary.write_bytes(content)
    height, width = mask.shape
    sha256 = hashlib.sha256(content).hexdigest()
    relative = path.relative_to(manifest.parent).as_posix()
    return dict(zip(COLUMNS, (row.image_id, relative, float(mask.mean()), width, height, sha256), strict=True))


def main(snakemake, log) -> None:
    index = read_table(snakemake.input.index)
    images, manifest = Path(snakemake.output.images), Path(snakemake.output.manifest)
    images.mkdir(parents=True, exist_ok=True)
    clean = partial(clean_image, images=images, manifest=manifest, settings=HairSettings(**snakemake.params.settings))
    # One image a thread: OpenCV's own threads would only compete with these.
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(snakemake.threads) as pool:
        progress = tqdm(pool.map(clean, index.itertuples()), total=len(index), unit="image", disable=None)
        table = pd.DataFrame(progress, columns=COLUMNS).astype({"width": "int32", "height": "int32"})
    write_table(table, manifest)
    log.info("%d images, %.1f %% of their pixels replaced on average", len(table), 100 * table["hair_share"].mean())


with logged(snakemake.log[0]) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
