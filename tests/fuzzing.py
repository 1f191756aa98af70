"""Index damaged data sets, one after the other, and print what became of each: python fuzzing.py SEED COUNT FOLDER."""

import json
import resource
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np

from damaged_inputs import damaged_image, damaged_table, put_no_file, whole_image, whole_mask
from native_layouts import (
    CLASSES_2019,
    HAM_ROWS,
    MASKS,
    make_ham10000,
    make_isic2016,
    make_isic2019,
    make_symderm,
    photo,
    save,
)
from selcn.data.datasets.index import RejectedImagesError, build_index, require_accepted
from selcn.data.datasets.sources import MissingDatasetError, SourceSettings, label_tables
from selcn.data.datasets.tables import LabelTableError
from selcn.data.images import read_image
from selcn.storage.artifacts import DamagedArtifactError, write_table

NAMED = (LabelTableError, MissingDatasetError, RejectedImagesError)
MAXIMUM_PIXELS = 1_000_000
MEMORY = 4 * 2**30


def index_and_read(settings: SourceSettings, out: Path) -> str:
    """Index a data set, write the tables and read every accepted image as the hair removal does."""
    result = build_index(settings)
    result.rejected.to_csv(out / "rejected.csv", index=False)
    write_table(result.index, out / "index.parquet")
    assert result.rejected["reason"].str.len().gt(0).all(), "rejected without a reason"
    require_accepted(result, settings, "the log")
    for row in result.index.itertuples():
        assert read_image(row.path, row.sha256).shape == (row.height, row.width, 3), f"{row.path} has another size"
    return "clean"


def outcome(settings: SourceSettings, out: Path) -> str:
    """Return `clean`, `named: ...` for an error of the project's own, or `CRASH: ...` for any other."""
    try:
        return index_and_read(settings, out)
    except (*NAMED, DamagedArtifactError) as error:
        return f"named: {error}"
    except Exception:
        return f"CRASH: {traceback.format_exc()}"


def image_case(rng: np.random.Generator, root: Path) -> SourceSettings:
    """Damage an image or a mask, or put something else in its place."""
    make_ham10000(root, HAM_ROWS)
    image, mask = root / "HAM10000_images_part_1/ISIC_0000001.jpg", root / MASKS / "ISIC_0000001_segmentation.png"
    path, whole = [(image, whole_image), (image, whole_image), (mask, whole_mask)][rng.integers(3)]
    if rng.integers(15) == 0:
        put_no_file(path, rng)
    elif rng.integers(30) == 0:
        path.parent.rename(path.parent.with_name("\udcff\n" + path.parent.name))
    else:
        path.write_bytes(damaged_image(whole(rng), rng))
    return SourceSettings("ham10000", str(root), maximum_pixels=MAXIMUM_PIXELS, masked=True)


def make_all(dataset: str, root: Path) -> None:
    """Write a whole small copy of a data set."""
    if dataset == "ham10000":
        make_ham10000(root, HAM_ROWS)
    elif dataset == "symderm":
        make_symderm(root, [("ISIC_0000001.jpg", "0"), ("IMD003.bmp", "1.0"), ("D53_orig.jpg", "2")])
        for name in ("ISIC_0000001.jpg", "IMD003.bmp", "D53_orig.jpg"):
            save(photo(), root / "images" / name)
    elif dataset == "isic2019":
        make_isic2019(root, [(f"ISIC_{n:07d}", name) for n, name in enumerate(CLASSES_2019)], {"ISIC_0000003": "BCN_7"})
    else:
        make_isic2016(root, "ISIC_1,benign\nISIC_2,malignant\nISIC_3,benign\n", "ISIC_9,0.0\nISIC_8,1.0\n")


def table_case(rng: np.random.Generator, root: Path) -> SourceSettings:
    """Damage a label table of one of the data sets."""
    dataset = ("ham10000", "symderm", "isic2019", "isic2016")[rng.integers(4)]
    make_all(dataset, root)
    tables = list(label_tables(dataset, root).values())
    table = tables[rng.integers(len(tables))]
    if rng.integers(15) == 0:
        put_no_file(table, rng)
    else:
        table.write_bytes(damaged_table(table.read_bytes(), rng))
    return SourceSettings(dataset, str(root), maximum_pixels=MAXIMUM_PIXELS)


def run(case: Callable[[np.random.Generator, Path], SourceSettings], seed: int, number: int, folder: Path) -> str:
    """Make one case in an empty folder and index it."""
    root = folder / "case"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    return outcome(case(np.random.default_rng([seed, number]), root / "data"), root)


if __name__ == "__main__":
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))  # what would fill the machine is to be an error
    cases = [image_case if number % 5 < 3 else table_case for number in range(count)]
    found = {f"{case.__name__} {n}": run(case, seed, n, folder) for n, case in enumerate(cases)}
    print(json.dumps(found))
