"""How long Snakemake takes to plan large studies, and with how much memory. Nothing is run, and no image is needed.

    python benchmarks/plan_study.py docs/results/plans

Of the data sets there are the label tables alone: a line each, and for the archive a line an image.
"""

import argparse
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import yaml

CLONE = Path(__file__).resolve().parents[1]
ARCHIVE, SHARDS, REPEATS = 500_000, 500, 3
SEEDS = {"lesion": {"seeds": [1, 2, 3, 4, 5]}}
CAMS = [f"results/thesis/cams/isic2019/{mask}/cams.parquet" for mask in ("none", "seg", "lae")]
STUDIES = {
    "Full study, both protocols, 5 seeds, from nothing": (SEEDS, ["all"]),
    f"The ISIC archive, {ARCHIVE:,} images in {SHARDS} shards: hair removal, masks, all CAMs, from nothing": (
        {"data": {"isic2019": {"shards": SHARDS, "gpu_shards": SHARDS}}},
        CAMS,
    ),
}
OWN = 8
"""How many external data sets of one's own are planned beside the four."""
TABLES = {
    "ham10000": ["HAM10000_metadata.csv"],
    "symderm": ["SymDerm_v2_labels.csv"],
    "isic2019": ["ISIC_2019_Training_GroundTruth.csv", "ISIC_2019_Training_Metadata.csv"],
    "isic2016": ["ISBI2016_ISIC_Part3_Training_GroundTruth.csv"],
}


def write_label_tables(folder: Path, archive: int = ARCHIVE) -> dict:
    """Write label tables where the data sets are looked for, and return the configuration that names the folders."""
    for dataset, names in TABLES.items():
        for name in names:
            (folder / dataset).mkdir(exist_ok=True)
            (folder / dataset / name).write_text("planned only\n")
    with open(folder / "isic2019" / TABLES["isic2019"][0], "w") as table:
        table.write("image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\n")
        table.writelines(f"ISIC_{number:07d},0,1,0,0,0,0,0,0,0\n" for number in range(archive))
    return {"data": {dataset: {"folder": str(folder / dataset), "image_folders": []} for dataset in TABLES}}


def declare_own(folder: Path) -> dict:
    """Write small label tables of external data sets of one's own, and return the configuration that declares them."""
    declared = {}
    for number in range(OWN):
        own = folder / f"own{number}"
        own.mkdir()
        (own / "labels.csv").write_text("image,dx\na,nv\n")
        declared[own.name] = {
            "name": f"Own {number}",
            "roles": ["external"],
            "folder": str(own),
            "table": "labels.csv",
            "columns": {"image": "image", "diagnosis": "dx"},
            "diagnoses": {"nv": "nv"},
        }
    return {"datasets": declared}


def plan(targets: list[str], overlays: list[Path], directory: Path) -> tuple[int, float, float]:
    """Return how many jobs a dry run lists, its processor seconds, and its peak memory in MB."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "host", "reason", "--cores", "1"]
    command += [*targets, "--directory", str(directory), "--configfile", *map(str, overlays)]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=CLONE, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        output.seek(0)
        text = output.read()
    if status:
        raise SystemExit(f"{' '.join(command)}: exit status {status}\n{text[-3000:]}")
    return (
        int(re.findall(r"^total +(\d+)$", text, re.MULTILINE)[-1]),
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def plan_sets(folder: Path, data: Path) -> list[tuple[int, int, float]]:
    """Return data sets, jobs and processor seconds of the default study, by the four data sets and with one's own.

    Both take turns, so that whatever else the machine does falls on both alike.
    """
    overlay = folder / "own.yaml"
    overlay.write_text(yaml.safe_dump(declare_own(folder)))
    overlays = {4: [data], 4 + OWN: [data, overlay]}
    runs = [
        {count: plan(["all"], files, folder / f"sets-{count}") for count, files in overlays.items()}
        for _ in range(REPEATS)
    ]
    return [(count, runs[0][count][0], statistics.median(run[count][1] for run in runs)) for count in overlays]


def report(rows: list[tuple[str, int, float, float]], sets: list[tuple[int, int, float]]) -> str:
    """Return the results as Markdown."""
    lines = [f"| {name} | {jobs:,} | {seconds:.1f} | {memory:.0f} |" for name, jobs, seconds, memory in rows]
    return f"""# Planning large studies

`python benchmarks/plan_study.py`: `snakemake --dry-run`, the median of {REPEATS} runs, on {os.cpu_count()} cores of
{platform.machine()}, Python {platform.python_version()}, Snakemake {version("snakemake")}.
Nothing was run, and of the data sets only label tables were there.

| study | jobs | processor seconds | peak memory, MB |
| --- | --- | --- | --- |
""" + "".join(f"{line}\n" for line in [*lines, "", *sets_report(sets)])


def sets_report(sets: list[tuple[int, int, float]]) -> list[str]:
    """Return what further data sets cost as lines of Markdown."""
    (few, _, least), *_ = sets
    return [
        f"The default study from nothing, with {few} data sets and with {OWN} external ones of one's own beside them,",
        f"by turns. Processor seconds, the median of {REPEATS} runs; target: at most 1.5 times.",
        "",
        "| data sets | jobs | processor seconds | times |",
        "| --- | --- | --- | --- |",
        *(f"| {count} | {jobs:,} | {seconds:.1f} | {seconds / least:.2f} |" for count, jobs, seconds in sets),
        "",
        "The growth is Snakemake's own work on more jobs and files; the workflow's functions take 1 % (cProfile).",
    ]


def main(out: Path) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.yaml"
        data.write_text(yaml.safe_dump(write_label_tables(Path(folder))))
        for number, (name, (settings, targets)) in enumerate(STUDIES.items()):
            study = Path(folder) / f"{number}.yaml"
            study.write_text(yaml.safe_dump(settings))
            runs = [plan(targets, [data, study], Path(folder) / f"study-{number}") for _ in range(REPEATS)]
            rows.append(
                (name, runs[0][0], *(statistics.median(values) for values in list(zip(*runs, strict=True))[1:]))
            )
            print(rows[-1], flush=True)
        sets = plan_sets(Path(folder), data)
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text(report(rows, sets))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for README.md")
    main(parser.parse_args().out)
