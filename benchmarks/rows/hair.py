"""Hair removal from JPEG to JPEG: the rule's script beside the script that people share."""

import os
from contextlib import chdir, redirect_stderr
from functools import partial
from io import StringIO
from itertools import count
from pathlib import Path

import cv2
import pandas as pd

from benchmarks.bench import Bench, shares
from benchmarks.ceilings import cores
from benchmarks.measuring import Line, Target, rates, rounds
from benchmarks.photographs import HEIGHT, WIDTH
from jobs import run_script
from selcn.data.hair.black_hat import BlackHatSettings, hair_mask
from selcn.data.images import encode_jpeg, read_image
from selcn.storage.artifacts import sha256_of, write_table

PEER = "cv2: imread, cvtColor, morphologyEx(BLACKHAT), threshold, inpaint(TELEA), imwrite PNG, in a loop"
SETTINGS = {"kernel": 17, "threshold": 10, "radius": 1, "reference_height": 450}


def usual_script(files: list[Path], folder: Path) -> None:
    """Remove hair as the script does that is passed from notebook to notebook, with this study's numbers."""
    folder.mkdir(exist_ok=True)
    for number, file in enumerate(files):
        image = cv2.imread(str(file))
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        kernel = cv2.getStructuringElement(cv2.MORPH_CROSS, (17, 17))
        blackhat = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel)
        _, mask = cv2.threshold(blackhat, 10, 255, cv2.THRESH_BINARY)
        clean = cv2.inpaint(image, mask, 1, cv2.INPAINT_TELEA)
        cv2.imwrite(str(folder / f"{number:04d}.png"), clean)


def the_rule(index: Path, folder: Path, threads: int) -> Path:
    """Run the rule's script on the images of an index, as Snakemake does, and return the clean images' folder."""
    folder.mkdir()
    manifest = Path("results/hair/ham10000/shard-0/manifest.parquet")
    with chdir(folder), redirect_stderr(StringIO()):
        run_script(
            "remove_hair",
            folder,
            {"index": str(index)},
            {"manifest": str(manifest)},
            {"method": "blackhat", "settings": SETTINGS, "shard": {"shard": 0, "shards": 1, "dataset": "ham10000"}},
            {"dataset": "ham10000", "shard": "0"},
            threads,
        )
    return folder / manifest.parents[1] / "images"


def write_index(files: list[Path], path: Path) -> Path:
    """Write an index that lists each file as an image of its own, by number."""
    names = [f"{number:04d}" for number in range(len(files))]
    write_table(
        pd.DataFrame({"image_id": names, "path": list(map(str, files)), "sha256": list(map(sha256_of, files))}), path
    )
    return path


def floor(files: list[Path], bench: Bench) -> float:
    """Return the images a second of one core that its ceiling allows.

    Operations: a closing compares each pixel with the 33 of the cross, twice; each block of 8x8 pixels of three
    channels goes through a cosine transform, 32 a pixel, when it is decoded and when it is encoded. Bytes: the file,
    and the pixels read and written once.
    """
    pixels = WIDTH * HEIGHT
    operations = pixels * (2 * 33 + 2 * 3 * 32)
    moved = 2 * pixels * 3 + 2 * sum(os.path.getsize(file) for file in files) / len(files)
    return 1 / bench.ceilings["one"].floor(operations, moved)


def costs(files: list[Path], repeats: int) -> str:
    """Return where the time of some images goes in one thread."""
    settings, checksums = BlackHatSettings(**SETTINGS), list(map(sha256_of, files))
    images = list(map(read_image, files, checksums))
    masks = [hair_mask(image, settings).astype("uint8") for image in images]
    steps = {
        "reading": lambda: list(map(read_image, files, checksums)),
        "black-hat": lambda: [hair_mask(image, settings) for image in images],
        "inpainting": lambda: [
            cv2.inpaint(image, mask, settings.radius, cv2.INPAINT_TELEA)
            for image, mask in zip(images, masks, strict=True)
        ],
        "JPEG encoding": lambda: list(map(encode_jpeg, images)),
    }
    return shares(steps, repeats)


def measure(bench: Bench) -> list[Line]:
    """Return images a second: one thread, and a thread a core."""
    images, repeats = bench.size(96, 3), bench.size(5, 1)
    files = bench.photographs.repeated(images)
    index = write_index(files, bench.folder / "index.parquet")
    numbers, default = count(), cv2.getNumThreads()

    def ours(threads: int) -> None:
        the_rule(index, bench.folder / f"rule-{next(numbers)}", threads)

    def peer() -> None:
        cv2.setNumThreads(default)
        usual_script(files, bench.folder / "usual")

    runs = {"one": partial(ours, 1), "all": partial(ours, cores()), "peer": peer}
    seconds = {name: rates(images, values) for name, values in rounds(runs, repeats).items()}
    cv2.setNumThreads(1)
    note = (
        f"{images} images; the whole job but its start. The peer writes PNG; if it writes JPEG as well, the gain is "
        f"about 1.05x. Of an image's time: {costs(files[:8], repeats)}"
    )
    lowest = floor(files, bench)
    return [
        Line(
            what="hair removal, 600x450, JPEG to JPEG, one core",
            unit="images/s",
            higher_is_better=True,
            ours=seconds["one"],
            peer=seconds["peer"],
            peer_name=PEER,
            target=Target("3x", gain=3),
            floor=lowest,
            note=note,
        ),
        Line(
            what=f"hair removal, all {cores()} cores",
            unit="images/s",
            higher_is_better=True,
            ours=seconds["all"],
            peer=seconds["one"],
            peer_name="ours on one core",
            target=Target("all cores used: 0.9x cores", gain=0.9 * cores()),
            floor=lowest * cores(),
            note="a thread a core, one image each",
        ),
    ]
