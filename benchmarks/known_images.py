"""How well a bundle recognises images of its study, what it takes in time and memory, and how many it marks wrongly.

    python benchmarks/known_images.py study/own docs/results/known

Of a finished `leakfree` study with HAM10000, SymDerm and isic2019other, whose image files must be where its indices
say. Known are its HAM10000 and SymDerm images but for held-out ones, which are looked up as new images.
"""

import argparse
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import yaml

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE), str(CLONE / "workflow_scripts")]

from benchmarks.near_duplicates import encoded  # noqa: E402
from selcn.data.duplicates.images import Images  # noqa: E402
from selcn.data.duplicates.keypoint_files import KeypointFiles  # noqa: E402
from selcn.data.duplicates.keypoints import find_keypoints  # noqa: E402
from selcn.data.duplicates.rephotographs import CHANGES  # noqa: E402
from selcn.data.hair.removal import METHODS  # noqa: E402
from selcn.data.images import read_image  # noqa: E402
from selcn.data.packing import PackSettings  # noqa: E402
from selcn.prediction.bundle import Bundle  # noqa: E402
from selcn.prediction.known import FEATURES, KNOWN, KnownImages  # noqa: E402
from selcn.prediction.known_copies import Traits  # noqa: E402
from selcn.prediction.known_writing import known_table, traits_of, write_known  # noqa: E402
from selcn.prediction.preparing import Preparation  # noqa: E402
from selcn.storage.artifacts import read_table  # noqa: E402
from selcn.storage.row_arrays import ShardedArray, files_of_shards  # noqa: E402
from selcn.workflow.hair_method import hair_method  # noqa: E402 (its folder must be on the path)

DATASETS = ("ham10000", "symderm")
UNSEEN = "isic2019other"
HELD_OUT, CHANGED = 300, 200
KINDS = ("same", "copy", "rephotograph")


def cropped(image: np.ndarray, share: float) -> np.ndarray:
    """Return an image without a share of its width and height, a little more of it at the left and top."""
    lost = [round(share * side) for side in image.shape[:2]]
    top, left = (-(-pixels // 2) for pixels in lost)
    return image[top : image.shape[0] - lost[0] + top, left : image.shape[1] - lost[1] + left]


def resized(image: np.ndarray, share: float) -> np.ndarray:
    """Return an image at a share of its size."""
    return cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA if share < 1 else cv2.INTER_CUBIC)


COPIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "JPEG of quality 50": lambda image: encoded(image, 50),
    "half the size": lambda image: resized(image, 0.5),
    "twice the size": lambda image: resized(image, 2),
    "brightened by 20 %": lambda image: np.clip(image * 1.2, 0, 255).astype(np.uint8),
    "turned by 90 degrees": lambda image: np.rot90(image),
    "mirrored": lambda image: image[:, ::-1],
    "cropped by 2 %": lambda image: cropped(image, 0.02),
    "cropped by 4 %": lambda image: cropped(image, 0.04),
    "cropped by 10 %": lambda image: cropped(image, 0.1),
    "turned, cropped by 2 %, JPEG of quality 60": lambda image: encoded(cropped(np.rot90(image), 0.02), 60),
}
New = tuple[str, np.ndarray, str]
"""SHA-256, pixels and lesion of a new image."""


@dataclass(frozen=True)
class Study:
    """A finished study.

    Attributes
    ----------
    folder
        Its working directory.
    table
        `known_table` of `DATASETS`.
    """

    folder: Path
    table: pd.DataFrame

    @classmethod
    def open(cls, folder: Path) -> "Study":
        """Read its tables; a network's training images are of no concern here."""
        results = folder / "results"
        indices = {name: read_table(results / f"data/{name}/index.parquet") for name in DATASETS}
        groups = read_table(results / "lesions/groups.parquet")
        return cls(folder, known_table(indices, groups, [], read_table(results / "leakfree/lesions.parquet")))

    def images(self) -> Images:
        """Open the packed images."""
        opened = {}
        for name in DATASETS:
            packed = self.folder / "results/packed" / name
            ids = read_table(packed / "manifest.parquet")["image_id"].tolist()
            opened[name] = ids, ShardedArray(files_of_shards(packed, "images.npy"), ids)
        return opened

    def keypoints(self) -> KeypointFiles:
        """Open the keypoints."""
        folders = {name: self.folder / "results/lesions/keypoints" / name for name in DATASETS}
        manifests = {name: read_table(folder / "manifest.parquet") for name, folder in folders.items()}
        return KeypointFiles(
            manifests, {name: files_of_shards(folder, "keypoints.npy") for name, folder in folders.items()}
        )

    def files(self, dataset: str, ids: Iterable[str]) -> Iterator[tuple[str, np.ndarray]]:
        """Yield SHA-256 and pixels of images."""
        index = read_table(self.folder / f"results/data/{dataset}/index.parquet").set_index("image_id")
        for row in index.loc[list(ids), ["path", "sha256"]].itertuples():
            yield row.sha256, read_image(self.folder / row.path, row.sha256)


def held_out(study: Study, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return images that are left out of the known ones: of lesions with other images in the data, and without."""
    images = study.table[study.table["dataset"] == DATASETS[0]]
    others = images.groupby("lesion")["lesion"].transform("size") > 1
    chosen = []
    for rows in (images[others], images[~others]):
        # One image each of some lesions.
        mixed = rows.iloc[rng.permutation(len(rows))]
        chosen.append(mixed.drop_duplicates("lesion").head(HELD_OUT))
    return chosen[0], chosen[1]


def write_reference(study: Study, left_out: pd.Series, limits: dict[str, int], folder: Path) -> Bundle:
    """Write the known images but for those left out, by id; return a bundle of nothing else."""
    table = study.table[~study.table["image_id"].isin(left_out)].reset_index(drop=True)
    write_known(folder, table, study.images(), study.keypoints(), np.random.default_rng(0))
    return Bundle(folder, {"known": limits | {"rephotographs": True}})


def looked_up(known: KnownImages, preparation: Preparation, images: Iterable[New]) -> Counter:
    """Return how many images were recognised as what; `wrong` if as one of another lesion."""
    counts: Counter = Counter(dict.fromkeys((*KINDS, "wrong", "none"), 0))
    lesions = known.images.set_index(["dataset", "image_id"])["lesion"]
    for sha256, image, lesion in images:
        packed = preparation.prepare(np.ascontiguousarray(image)).packed
        found = known.find(sha256, image, packed)
        right = found and lesions[found.dataset, found.image_id] == lesion
        counts["none" if found is None else found.kind if right else "wrong"] += 1
    return counts


def changed(study: Study, rows: pd.DataFrame, change: Callable[[np.ndarray], np.ndarray]) -> Iterator[New]:
    """Yield changed versions of known images, whose files are new."""
    for (_, image), lesion in zip(study.files(DATASETS[0], rows["image_id"]), rows["lesion"], strict=True):
        yield "", np.ascontiguousarray(change(image)), lesion


def unchanged(study: Study, rows: pd.DataFrame) -> Iterator[New]:
    """Yield images as they are."""
    for (sha256, image), lesion in zip(study.files(DATASETS[0], rows["image_id"]), rows["lesion"], strict=True):
        yield sha256, image, lesion


def unseen(study: Study) -> Iterator[New]:
    """Yield the images of `UNSEEN` of whose lesions no data set that networks are trained on has an image."""
    roles = read_table(study.folder / "results/leakfree/lesions.parquet")
    ours = roles[(roles["dataset"] == UNSEEN) & ~roles["lesion"].isin(study.table["lesion"])]
    for (sha256, image), lesion in zip(study.files(UNSEEN, ours["image_id"]), ours["lesion"], strict=True):
        yield sha256, image, lesion


def results_of(study: Study, known: KnownImages, preparation: Preparation, held: tuple) -> pd.DataFrame:
    """Return, a row a group of new images, how many were recognised as what."""
    rng = np.random.default_rng(1)
    ours = known.images[known.images["dataset"] == DATASETS[0]]
    planted = ours.iloc[rng.permutation(len(ours))[:HELD_OUT]]
    groups: list[tuple[str, Iterable[New]]] = [("the file itself", unchanged(study, planted))]
    groups += [(f"copy: {name}", changed(study, planted, change)) for name, change in COPIES.items()]
    groups += [
        (f"taken anew, simulated: {name}", changed(study, planted[:CHANGED], lambda image, of=change: of(image, rng)))
        for name, change in CHANGES.items()
    ]
    groups += [
        ("held out, the lesion's other images are known", unchanged(study, held[0])),
        ("held out, of lesions with one image", unchanged(study, held[1])),
        ("ISIC2019, of lesions that are not known", unseen(study)),
    ]
    rows = []
    for name, images in groups:
        begun, counts = time.process_time(), looked_up(known, preparation, images)
        rows.append({"images": name, "number": counts.total(), **counts})
        print(rows[-1], f"{time.process_time() - begun:.0f} s", flush=True)
    return pd.DataFrame(rows)


def wrong_copies(study: Study, distance: int) -> tuple[int, int]:
    """Return how many images are taken for copies of another lesion's, and of how many.

    Known are in turn the images of each half of the lesions; the others are new.
    """
    table = study.table[study.table["dataset"] == DATASETS[0]].reset_index(drop=True)
    traits = traits_of(table, {DATASETS[0]: study.images()[DATASETS[0]]})
    half = np.isin(table["lesion"], table["lesion"].unique()[::2])
    wrong = 0
    for known in (half, ~half):
        reference = Traits(traits.hashes[known], traits.coarse[known])
        for row in np.flatnonzero(~known):
            new = Traits(traits.hashes[row : row + 1], traits.coarse[row : row + 1])
            wrong += reference.nearest_copy(new, distance) is not None
    return wrong, len(table)


def seconds(study: Study, known: KnownImages, preparation: Preparation, rows: pd.DataFrame) -> dict[str, float]:
    """Return the processor time of each step of the recognition of new images, and of their preparation, in ms."""
    images = [image for _, image in study.files(DATASETS[0], rows["image_id"])]
    taken = {}

    def timed(name: str, work: Callable, inputs: list) -> list:
        begun = time.process_time()
        found = [work(one) for one in inputs]
        taken[name] = 1000 * (time.process_time() - begun) / len(inputs)
        return found

    packed = timed("hair removal and packing", lambda image: preparation.prepare(image).packed, images)
    timed("search for copies", lambda one: known.traits.nearest_copy(Traits.of(one[None]), known.distance), packed)
    keypoints = timed("keypoints", find_keypoints, images)
    timed("search by local features", known.features.most_alike, keypoints)
    return taken


def report(
    bundle: Bundle, known: KnownImages, table: pd.DataFrame, wrong: tuple[int, int], taken: dict, written: float
) -> str:
    """Return the results as Markdown."""
    rows = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    grid = "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)
    steps = "\n".join(f"| {name} | {value:.1f} ms |" for name, value in taken.items())
    sizes = [bundle.path(name).stat().st_size / 1e6 for name in (KNOWN, FEATURES)]
    arrays = (known.features.components, known.features.points, known.features.images)
    memory = (sum(part.nbytes for part in arrays) + known.features.images.nbytes) / 1e6
    return f"""# Recognition of known images

`python benchmarks/known_images.py`, on one core of {platform.machine()}. Known are {len(known.images):,} images of
HAM10000 and SymDerm.

New images, and what they were recognised as; `wrong`: as an image of another lesion.

{grid}

Images held out are one each of so many lesions of HAM10000. Images of ISIC2019 whose lesions HAM10000 and SymDerm do
not have are those of `isic2019other`.

By hash and grey values alone, if half of HAM10000's lesions are known and the others new, and the other way round:
{wrong[0]} of {wrong[1]:,} images are taken for a copy of an image of another lesion.

## Time and size

Processor time of a new image that is not recognised, beside its preparation.

| step | of an image |
| --- | --- |
{steps}

`{KNOWN}` has {sizes[0]:.1f} MB, `{FEATURES}` {sizes[1]:.1f} MB, in memory {memory:.0f} MB. Writing them took
{written:.0f} s of processor time.
"""


def main(folder: Path, out: Path) -> None:
    cv2.setNumThreads(1)
    study, config = Study.open(folder), yaml.safe_load((CLONE / "config.yaml").read_text())
    size = study.images()[DATASETS[0]][1].shape[1]
    hair = hair_method(config["hair"])
    preparation = Preparation(METHODS[hair["method"]](**hair["settings"]), PackSettings(size))
    limits = {key: config["duplicates"][key] for key in ("distance", "certain")}
    held = held_out(study, np.random.default_rng(0))
    with tempfile.TemporaryDirectory() as temporary:
        left_out = pd.concat(held)["image_id"]
        begun = time.process_time()
        bundle = write_reference(study, left_out, limits, Path(temporary))
        written, known = time.process_time() - begun, KnownImages.load(bundle)
        taken = seconds(study, known, preparation, held[1])
        table = results_of(study, known, preparation, held)
        text = report(bundle, known, table, wrong_copies(study, limits["distance"]), taken, written)
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(text)
    table.to_csv(out / "known.csv", index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path, help="working directory of a finished study")
    parser.add_argument("out", type=Path, help="folder for README.md and known.csv")
    arguments = parser.parse_args()
    main(arguments.study, arguments.out)
