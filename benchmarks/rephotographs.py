"""How the thresholds of the search for images of one lesion were chosen, and what the search costs.

    snakemake --profile profiles/local --directory study/frozen --configfile config/frozen.yaml \
        results/lesions/detection.md
    python benchmarks/rephotographs.py study/frozen docs/results/rephotographs

Thresholds are chosen on one half of the lesions of HAM10000, by numbers alone; results/lesions/detection.md of the
study reports the other half, and is copied beside this report.
"""

import argparse
import platform
import shutil
import sys
from collections import Counter
from pathlib import Path

import pandas as pd

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE / "workflow_scripts")]

from selcn.data.duplicates.candidates import PATIENTS, REASONS, count_reasons  # noqa: E402
from selcn.data.duplicates.decisions import COPY, certain, read_pairs  # noqa: E402
from selcn.data.duplicates.groups import lesion_groups  # noqa: E402
from selcn.data.splits.lesion_roles import LesionSplitSettings, assign_lesions  # noqa: E402
from selcn.evaluation.duplicate_detection import is_held_out  # noqa: E402
from selcn.storage.artifacts import read_json, read_table  # noqa: E402 (its folder must be on the path)

INLIERS = range(5, 21)
RULES = ("find_keypoints", "choose_candidates", "compare_candidates", "find_copies")
MANY = 100_000
IDS = ["image_id_a", "image_id_b"]
# Of config/frozen.yaml, whose folds are the default's.
SPLIT = {
    "folds": {"ham10000": 4, "symderm": 3, "isic2016": 4},
    "segmentation": "ham10000",
    "symmetry": "symderm",
    "seed": 42,
    "test_share": 0.2,
}


def tuning_pairs(study: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the matches of HAM10000's images of lesions that are not held out, and their candidates.

    Returns
    -------
    DataFrame
        Columns inliers, and same: whether both images have one lesion id.
    DataFrame
        Columns candidate, and same.
    """
    index = read_table(study / "results/data/ham10000/index.parquet").set_index("image_id")["lesion_id"]
    lesion = index[~index.map(is_held_out)]

    def inside(table: pd.DataFrame) -> pd.DataFrame:
        of = table[(table["dataset_a"] == "ham10000") & (table["dataset_b"] == "ham10000")]
        sides = {side: of[f"image_id_{side}"].astype("str").map(lesion) for side in "ab"}
        known = sides["a"].notna() & sides["b"].notna()
        return of[known].assign(same=(sides["a"] == sides["b"])[known])

    parts = sorted((study / "results/lesions/matches").glob("part-*/matches.parquet"))
    matches = inside(pd.concat(map(read_table, parts)))
    candidates = inside(read_table(study / "results/lesions/candidates.parquet"))
    return matches[["inliers", "same"]], candidates[["candidate", "same"]]


def threshold_table(matches: pd.DataFrame, candidates: Counter) -> list[str]:
    """Return, for each number of inliers, the share of pairs of one id and the number of others that reach it."""
    rows = ["| agreeing keypoints, at least | pairs of one id | pairs of different ids |", "| --- | --- | --- |"]
    for inliers in INLIERS:
        reached = Counter(matches.loc[matches["inliers"] >= inliers, "same"])
        share = reached[True] / candidates[True]
        rows.append(f"| {inliers} | {reached[True]:,} ({share:.1%}) | {reached[False]:,} |")
    return rows


def cost_table(study: Path, images: int) -> list[str]:
    """Return the processor time and memory of the search's jobs, and what many images would take."""
    rows = [
        f"| job | jobs | processor time | most memory | at {MANY:,} images |",
        "| --- | --- | --- | --- | --- |",
    ]
    growth = {"find_keypoints": MANY / images}
    for rule in RULES:
        folder = study / "logs" / rule
        records = [read_json(path) for path in (*folder.rglob("*.json"), *folder.parent.glob(f"{rule}.json"))]
        last = [record["attempts"][-1] for record in records]
        seconds, memory = sum(run["processor_seconds"] for run in last), max(run["memory_mb"] for run in last)
        # Pairs of like patients and distances of all images grow with the square of their number.
        many = seconds * growth.get(rule, (MANY / images) ** 2)
        rows.append(f"| {rule} | {len(last)} | {seconds:,.0f} s | {memory:,.0f} MB | {many / 3600:.1f} h |")
    return rows


def verdict_lines(study: Path, path: Path) -> list[str]:
    """Return how the certain pairs of different ids were judged, from a CSV with a verdict for each."""
    if not path.exists():
        return []
    verdicts = pd.read_csv(path)
    listed = pd.read_csv(study / "results/lesions/pairs-to-judge.csv")
    found = listed[(listed["certainty"] == "certain") & (listed["reason"] == "local features")]
    judged = found.merge(verdicts[[*IDS, "verdict"]], on=IDS, how="left")
    if judged["verdict"].isna().any():
        missing = judged.loc[judged["verdict"].isna(), IDS].iloc[0]
        raise SystemExit(
            f"{path}: no verdict for {missing.iloc[0]} and {missing.iloc[1]}; add one for every certain pair"
        )
    in_ham = (judged["dataset_a"] == "ham10000") & (judged["dataset_b"] == "ham10000")
    counts = {
        name: judged.loc[rows, "verdict"].value_counts() for name, rows in (("HAM10000", in_ham), ("other", ~in_ham))
    }
    rows = [
        f"| {verdict} | {counts['HAM10000'].get(verdict, 0)} | {counts['other'].get(verdict, 0)} |"
        for verdict in judged["verdict"].value_counts().index
    ]
    return [
        "## Certain pairs of different ids, judged",
        "",
        f"All {len(judged)} that local features found, looked at side by side by one of us, who is no dermatologist,",
        "after the thresholds were fixed ([verdicts.csv](verdicts.csv)). The images of the wrong pairs share a ruler.",
        "",
        "| verdict | in HAM10000 | in and between other data sets |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]


def straddling_lines(study: Path) -> list[str]:
    """Return how many lesions local features merge, and how their pairs lie in splits that do not know of them."""
    indices = {
        name: read_table(study / f"results/data/{name}/index.parquet")
        for name in ("ham10000", "symderm", "isic2019", "isic2016")
    }
    pairs = certain(read_table(study / "results/lesions/pairs.parquet"))
    images = pd.concat([index.assign(dataset=name) for name, index in indices.items()])
    keys = ["dataset", "image_id"]

    def lesions_by(known: pd.DataFrame) -> pd.DataFrame:
        groups = lesion_groups(indices, known).rename(columns={"group": "lesion"})
        return images[[*keys, "label", "part"]].merge(groups, on=keys)

    def of_ham10000(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["dataset"] == "ham10000"].set_index("image_id")

    before, after = lesions_by(pairs[pairs["reason"] == COPY]), lesions_by(pairs)
    ham = of_ham10000(before)
    thesis = read_table(study / "results/thesis/splits/ham10000.parquet").drop_duplicates("image_id")
    leakfree = of_ham10000(assign_lesions(before, LesionSplitSettings(**SPLIT)))
    splits = {"`thesis`": thesis.set_index("image_id"), "`leakfree`, if only ids and copies were known": leakfree}
    sides = pairs.loc[(pairs["dataset_a"] == "ham10000") & (pairs["dataset_b"] == "ham10000"), IDS].to_numpy()
    hidden = [(a, b) for a, b in sides if ham.at[a, "lesion"] != ham.at[b, "lesion"]]
    rows = []
    for name, split in splits.items():
        tested = sum(split.at[a, "role"] != split.at[b, "role"] for a, b in hidden)
        folds = sum(split.at[a, "fold"] != split.at[b, "fold"] for a, b in hidden) - tested
        rows.append(f"| {name} | {tested} | {folds} |")
    return [
        "## Pairs that a split had divided",
        "",
        f"By ids and copies the images of all data sets show {before['lesion'].nunique():,} lesions, with local "
        f"features {after['lesion'].nunique():,}. In HAM10000 they find",
        f"{len(hidden)} pairs that ids and copies do not tell. Of these have been",
        "",
        "| split | one image in the development set, one in the test set | in two folds |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]


def published_lines(study: Path, path: Path | None) -> list[str]:
    """Return how many pairs of a published list the search finds, a last check after the thresholds were fixed."""
    if path is None:
        return []
    listed = read_pairs(path)
    pairs = read_table(study / "results/lesions/pairs.parquet")
    found = {frozenset(ids) for ids in certain(pairs)[IDS].to_numpy()}
    candidates = read_table(study / "results/lesions/candidates.parquet").astype("str")
    compared = set(zip(candidates["image_id_a"], candidates["image_id_b"], strict=True))
    groups = read_table(study / "results/lesions/groups.parquet").drop_duplicates("image_id")
    group = groups.set_index("image_id")["group"]
    ids = list(listed.itertuples(index=False, name=None))
    sure = sum(frozenset(pair) in found for pair in ids)
    grouped = sum(group[a] == group[b] for a, b in ids)
    left = [pair for pair in ids if group[pair[0]] != group[pair[1]]]
    return [
        "## A published list",
        "",
        f"{len(ids)} pairs of images of HAM10000 with different lesion ids, confirmed by eye (Abhishek et al. 2025, "
        "newly_discovered_duplicates.csv),",
        f"compared after everything else was fixed: {sure} are certain pairs, {grouped} are in one group. "
        f"Of the other {len(left)}, {sum(pair in compared for pair in left)} were",
        "candidates; the rest have no equal patient data, and neither image is among the other's nearest.",
        "",
    ]


def main(study: Path, out: Path, published: Path | None) -> None:
    """Write the report of a study's search, and copies of its tables."""
    matches, compared = tuning_pairs(study)
    candidates = Counter(compared["same"])
    alike = count_reasons(compared.loc[compared["same"], "candidate"])
    shares = (f"{alike[reason] / candidates[True]:.0%} by {reason}" for reason in REASONS if reason != PATIENTS)
    ids = set()
    for manifest in sorted((study / "results/lesions/keypoints").glob("*/manifest.parquet")):
        ids |= set(read_table(manifest)["image_id"])
    pairs = len(read_table(study / "results/lesions/candidates.parquet"))
    lines = [
        "# Images of one lesion taken anew",
        "",
        f"`python benchmarks/rephotographs.py`, of a study with `config/frozen.yaml` on {platform.machine()}: "
        f"{len(ids):,} images, {pairs:,} candidate",
        "pairs. [What the search finds](detection.md) on the half of the lesions that no threshold was chosen on.",
        "",
        "## Choice of thresholds",
        "",
        f"The other half of HAM10000's lesions: of {candidates[True]:,} candidates of one lesion id and "
        f"{candidates[False]:,} of different",
        "ids, those with at least so many keypoints that agree on one shift, turn and zoom. Pairs of",
        "different ids that agree by chance fall steeply up to 8; what remains above is not chance.",
        "",
        *threshold_table(matches, candidates),
        "",
        f"Of the candidates of one lesion id, one image is among the other's nearest in {', in '.join(shares)}.",
        "",
        *verdict_lines(study, out / "verdicts.csv"),
        *straddling_lines(study),
        *published_lines(study, published),
        "## Time and memory",
        "",
        f"Of all jobs of the search, and in proportion at {MANY:,} images: keypoints by image, the others by pair of "
        "images.",
        "Comparisons are divided into `duplicates.parts` jobs of one core each.",
        "",
        *cost_table(study, len(ids)),
        "",
    ]
    out.mkdir(parents=True, exist_ok=True)
    (out / "README.md").write_text("\n".join(lines))
    for name in ("detection.md", "detection.csv"):
        shutil.copyfile(study / "results/lesions" / name, out / name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("study", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--published", type=Path, help="a published list, in the form of duplicates.known_pairs")
    arguments = parser.parse_args()
    main(arguments.study, arguments.out, arguments.published)
