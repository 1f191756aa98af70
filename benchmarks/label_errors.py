"""How well the ranking of doubtful labels finds planted label errors.

    snakemake --profile profiles/local --directory study/frozen --configfile config/frozen.yaml \
        results/leakfree/features/ham10000/none/features.npy
    python benchmarks/label_errors.py study/frozen/results/leakfree docs/results/labels

In 5 % of HAM10000's lesions, or of its images, the label is replaced. Out-of-fold probabilities are those of logistic
regression on the frozen encoder's features, with class weights like the study's networks, in folds by lesion.
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CLONE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CLONE), str(CLONE / "workflow_scripts")]

from benchmarks.machine import describe_machine  # noqa: E402
from selcn.evaluation.label_audit.confident import margins  # noqa: E402
from selcn.evaluation.label_audit.conflicts import label_conflicts  # noqa: E402
from selcn.evaluation.label_audit.neighbours import neighbour_shares, pooled_features  # noqa: E402
from selcn.evaluation.label_audit.ranking import rank_labels  # noqa: E402
from selcn.storage.artifacts import read_table, replacing  # noqa: E402

CLASSES = np.array(["akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"])
PROBABILITIES = [f"prob_{name}" for name in CLASSES]
SHARE, FOLDS, NEIGHBOURS = 0.05, 4, 10
SHARES = (0.01, 0.05, 0.1)
CONFUSED = {
    "akiec": ("bkl", "bcc"),
    "bcc": ("akiec", "bkl"),
    "bkl": ("mel", "nv", "akiec"),
    "df": ("nv", "bcc"),
    "mel": ("nv", "bkl"),
    "nv": ("mel", "bkl"),
    "vasc": ("nv", "bcc"),
}
"""The classes that a label is replaced by where errors are those that people make."""

Plant = Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray]


def any_other(label: str, generator: np.random.Generator) -> str:
    """Return another class, each with the same probability."""
    return generator.choice(CLASSES[label != CLASSES])


def confused(label: str, generator: np.random.Generator) -> str:
    """Return a class that this one is confused with."""
    return generator.choice(CONFUSED[label])


def by_lesion(replace: Callable) -> Plant:
    """Return a function that replaces the labels of a share of the lesions, of all their images alike."""

    def plant(label: np.ndarray, lesions: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        _, first, lesion = np.unique(lesions, return_index=True, return_inverse=True)
        of_lesion = label[first].copy()
        for number in generator.choice(len(first), round(SHARE * len(first)), replace=False):
            of_lesion[number] = replace(of_lesion[number], generator)
        return of_lesion[lesion]

    return plant


def by_image(replace: Callable) -> Plant:
    """Return a function that replaces the labels of a share of the images."""

    def plant(label: np.ndarray, _: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return by_lesion(replace)(label, np.arange(len(label)), generator)

    return plant


PLANTS: dict[str, Plant] = {
    "Lesions, classes that people confuse": by_lesion(confused),
    "Lesions, any other class": by_lesion(any_other),
    "Images, classes that people confuse": by_image(confused),
}


def out_of_fold(features: np.ndarray, label: np.ndarray, lesions: np.ndarray, seed: int) -> np.ndarray:
    """Return the probabilities of networks that have not seen the lesion, (N, classes)."""
    probabilities = np.zeros((len(label), len(CLASSES)))
    for trained, held_out in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(
        features, label, lesions
    ):
        model = LogisticRegression(C=0.01, class_weight="balanced", max_iter=200)
        fitted = make_pipeline(StandardScaler(), model).fit(features[trained], label[trained])
        probabilities[held_out] = fitted.predict_proba(features[held_out])
    return probabilities


def scores_of(ids: list[str], label: np.ndarray, lesions: np.ndarray, features: np.ndarray, seed: int) -> pd.DataFrame:
    """Return each kind of evidence against each label as a score, (N, kinds), and evidence, by image_id."""
    column = np.searchsorted(CLASSES, label)
    probabilities = out_of_fold(features, label, lesions, seed)
    predictions = pd.DataFrame(probabilities, index=pd.Index(ids), columns=PROBABILITIES)
    predictions = predictions.assign(networks=1.0, against=probabilities.argmax(1) != column, lesion_seen=0.0)
    shares = neighbour_shares(features, column, lesions, len(CLASSES), NEIGHBOURS)
    images = pd.DataFrame({"dataset": "ham10000", "image_id": ids, "label": label, "group": lesions})
    images = images.join(label_conflicts(images)).assign(appearance=0.0, appearance_of="")
    ranked = rank_labels(images, predictions, pd.DataFrame(shares, predictions.index, PROBABILITIES))
    ranked = ranked.set_index("image_id").loc[ids]
    return pd.DataFrame(
        {
            "ranking": -ranked["rank"],
            "networks and neighbours": ranked["doubt"],
            "networks": ranked["networks_margin"],
            "networks, probabilities not scaled": margins(probabilities, column)[0],
            "neighbours": ranked["neighbours_share"],
            "labels of the lesion": ranked["lesion_share"].fillna(0),
            "evidence": ranked["evidence"],
        }
    )


def measured(scores: pd.Series, wrong: np.ndarray) -> dict[str, float]:
    """Return the lift over chance of the highest shares of a score, and its average precision."""
    order = np.argsort(-scores.to_numpy(), kind="stable")
    lifts = {f"{share:.0%}": wrong[order[: round(share * len(wrong))]].mean() / wrong.mean() for share in SHARES}
    return {**lifts, "AP": average_precision_score(wrong, scores)}


def flagged(evidence: pd.Series, wrong: np.ndarray) -> dict[str, dict[str, float]]:
    """Return, for each kind of evidence, the share of planted errors it is against, and the share of errors in it."""
    found = {kind: evidence.str.split("; ").map(lambda kinds, kind=kind: kind in kinds).to_numpy() for kind in KINDS}
    return {
        kind: {"share of images": has.mean(), "recall": has[wrong].mean(), "precision": wrong[has].mean()}
        for kind, has in found.items()
        if has.any()
    }


KINDS = ("lesion", "networks", "neighbours")


def interval(values: pd.Series) -> str:
    """Return a mean over seeds and its 95 % interval by Student's t."""
    half = t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{values.mean():.2f} ± {half:.2f}"


def table_of(rows: pd.DataFrame, head: str) -> list[str]:
    """Return a Markdown table of means and intervals over seeds, from columns name, seed and values."""
    values = [name for name in rows if name not in ("name", "seed")]
    lines = [f"| {head} | {' | '.join(values)} |", "| --- " * (len(values) + 1) + "|"]
    for name, of_name in rows.groupby("name", sort=False):
        lines.append(f"| {name} | {' | '.join(interval(of_name[value]) for value in values)} |")
    return lines


def sections(ids: list[str], label: np.ndarray, lesions: np.ndarray, features: np.ndarray, seeds: int) -> list[str]:
    """Return the tables of every kind of planted errors."""
    lines: list[str] = []
    for name, plant in PLANTS.items():
        found, kinds = [], []
        for seed in range(seeds):
            planted = plant(label, lesions, np.random.default_rng(seed))
            wrong = planted != label
            scores = scores_of(ids, planted, lesions, features, seed)
            found += [{"name": score, "seed": seed, **measured(scores[score], wrong)} for score in scores.columns[:-1]]
            of_kinds = flagged(scores["evidence"], wrong).items()
            kinds += [{"name": kind, "seed": seed, **shares} for kind, shares in of_kinds]
            print(name, seed, found[-6], flush=True)
        lines += [f"## {name}", "", *table_of(pd.DataFrame(found), "ranked by"), ""]
        lines += [*table_of(pd.DataFrame(kinds), "evidence"), ""]
    return lines


def main() -> None:
    """Plant errors, rank labels, and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("protocol", type=Path, help="results/<protocol> of a study with a frozen encoder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    begin, used = time.perf_counter(), time.process_time()
    folder = arguments.protocol / "features/ham10000/none"
    ids, features = pooled_features(str(folder / "features.npy"), str(folder / "manifest.parquet"))
    index = read_table(arguments.protocol.parent / "data/ham10000/index.parquet").set_index("image_id").loc[ids]
    label, lesions = index["label"].to_numpy(str), index["lesion_id"].to_numpy(str)
    tables = sections(ids, label, lesions, features, arguments.seeds)
    machine = describe_machine()
    text = f"""# Planted label errors

`python benchmarks/label_errors.py`, on one of {os.cpu_count()} cores of {machine["processor"]}, Python
{platform.python_version()}: {time.process_time() - used:.0f} s of processor time, {time.perf_counter() - begin:.0f} s
in all on a busy machine.

HAM10000: {len(ids):,} images of {len(set(lesions)):,} lesions, by its own lesion ids. In {SHARE:.0%} of the lesions, or
of the images, the label is replaced; seeds 0 to {arguments.seeds - 1}. HAM10000's labels are of lesions, so errors of
whole lesions are the realistic ones. Labels that are wrong already count as right.

- Features: {features.shape[1]}, of the frozen encoder of `config/frozen.yaml`, averaged over the map.
- Networks: scikit-learn's logistic regression on these, with class weights, in {FOLDS} folds by lesion.
- Neighbours: {NEIGHBOURS}.
- Lift: the share of planted errors among the highest 1, 5 and 10 %, divided by their share in all; at most
  {1 / SHARE:.0f}, {1 / SHARE:.0f} and 10.
- AP: average precision; {SHARE} by chance.
- Entries: mean over seeds ± half of its 95 % interval (Student's t).
- "ranking" is the study's: first labels that another label of the lesion contradicts, then by networks and neighbours.

"""
    with replacing(arguments.out / "README.md") as temporary:
        temporary.write_text(text + "\n".join(tables))


if __name__ == "__main__":
    main()
