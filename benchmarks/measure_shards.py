"""Images a second and peak memory of one shard of about 1,000 and of about 10,000 real images, stage by stage.

    python benchmarks/measure_shards.py study/shards docs/results/shards

Data and weights are expected where config/frozen.yaml says. HAM10000 is divided into ten shards, of which the first is
measured, and then into one. The trainings between are of one epoch each.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts")]

from selcn.storage.artifacts import read_table  # noqa: E402 (its folder must be on the path)

TRAINING = {"epochs": 1, "patience": 1}
STUDY = {
    "lesion": {"folds": 2},
    "segmentation": {"architectures": ["unet"], "training": TRAINING},
    "symmetry": {"folds": 2, "backbones": [], "training": TRAINING},
}
STAGES = {
    "hair removal": ("hair/ham10000", "manifest.parquet", "remove_hair/ham10000"),
    "packing": ("packed/ham10000", "manifest.parquet", "pack_dataset/ham10000"),
    "masks": ("thesis/masks/ham10000", "manifest.parquet", "predict_masks/thesis/ham10000"),
    "CAMs, unmasked": ("thesis/cams/ham10000/none", "cams.parquet", "compute_cams/thesis/ham10000/none"),
    "CAMs, segmentation": ("thesis/cams/ham10000/seg", "cams.parquet", "compute_cams/thesis/ham10000/seg"),
    "CAMs, LAE": ("thesis/cams/ham10000/lae", "cams.parquet", "compute_cams/thesis/ham10000/lae"),
}
DONE = re.compile(r"done in ([\d.]+) s, at most (\d+) MB")


def run(directory: Path, shards: int) -> list[tuple[str, int, float, int]]:
    """Run every stage of the first shard; return stage, rows made, seconds and peak memory in MB."""
    overlay = directory / f"shards-{shards}.yaml"
    overlay.parent.mkdir(parents=True, exist_ok=True)
    overlay.write_text(yaml.safe_dump(STUDY | {"data": {"ham10000": {"shards": shards, "gpu_shards": shards}}}))
    files = [f"results/{folder}/shard-0/{name}" for folder, name, _ in STAGES.values()]
    command = [sys.executable, "-m", "snakemake", *files, "--directory", str(directory), "--cores", "2"]
    command += ["--resources", "gpu=1", "--quiet", "host", "reason", "--configfile", "config/frozen.yaml", str(overlay)]
    subprocess.run(command, cwd=CLONE, check=True)
    rows = []
    for (stage, (_, _, log)), file in zip(STAGES.items(), files, strict=True):
        text = (directory / f"logs/{log}/shard-0.log").read_text()
        seconds, memory = DONE.findall(text)[-1]
        rows.append((stage, len(read_table(directory / file)), float(seconds), int(memory)))
    return rows


def report(few: list[tuple], many: list[tuple]) -> str:
    """Return the results as Markdown."""
    lines = [
        f"| {stage} | {a:,} | {a / s:.0f} | {m:,} | {b:,} | {b / t:.0f} | {n:,} | {n / m:.2f} |"
        for (stage, a, s, m), (_, b, t, n) in zip(few, many, strict=True)
    ]
    place = f"{os.cpu_count()} cores of {platform.machine()}, no GPU, Python {platform.python_version()}"
    return f"""# One shard of about 1,000 and of about 10,000 real images

`python benchmarks/measure_shards.py`: HAM10000 at 200x150 in ten shards, of which the first is measured, and in one.
On {place}, torch {version("torch")}. Images a second of the whole job, with the loading of
its libraries and the hashing of its inputs; CAMs are of images in their variants. The networks are those of
config/frozen.yaml, trained for one epoch: how good they are does not matter here.

| stage | made | a second | peak memory, MB | made | a second | peak memory, MB | ratio of memory |
| --- | --- | --- | --- | --- | --- | --- | --- |
""" + "".join(f"{line}\n" for line in lines)


def main(directory: Path, out: Path) -> None:
    few, many = run(directory, 10), run(directory, 1)
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(report(few, many))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, help="working directory of the study")
    parser.add_argument("out", type=Path, help="folder for README.md")
    arguments = parser.parse_args()
    main(arguments.directory.resolve(), arguments.out.resolve())
