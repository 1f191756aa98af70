"""What a page is made of, with values at random: every table of a study in both protocols."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from selcn.design.cam_sources import SHAMS
from selcn.design.cells import CELLS, cell_of
from selcn.design.datasets import DATASETS
from selcn.report.html.results import Results
from selcn.report.tables.specs import CLASSES, SPECS

BOTH = ("thesis", "leakfree")
MODELS = {
    "segmentation": ["deeplabv3plus", "unet"],
    "backbone": ["resnet34", "squeezenet1_0"],
    "symmetry": ["scratch-none", "none", "seg", "lae"],
}
WITH_SHAMS = [*CELLS, *(cell_of("none", sham) for sham in SHAMS)]
ANSWER = "**Networks with CAMs: higher in 1 of 4.** By .012.\n\nMetrics: accuracy.\n\n| a | b |\n| - | - |\n| 1 | 2 |"


DETECTION = pd.DataFrame(
    [
        ("recall", "known lesions", "ham10000", "certain", 50, 80, 60, 0.75, 0.652, 0.838),
        ("recall", "known lesions", "ham10000", "certain or doubtful", 50, 80, 72, 0.9, 0.82, 0.961),
        ("recall by likeness", "known lesions, without patient data", "ham10000", "certain", 50, 80, 48, 0.6, 0.5, 0.7),
        (
            "recall by likeness",
            "known lesions, without patient data",
            "ham10000",
            "certain or doubtful",
            50,
            80,
            56,
            0.7,
            0.6,
            0.79,
        ),
        ("planted", "turn", "ham10000", "certain", 20, 20, 19, 0.95, 0.764, 0.991),
        ("planted", "turn", "ham10000", "certain or doubtful", 20, 20, 20, 1.0, 0.839, 1.0),
        ("precision", "known lesions", "ham10000", "certain", 48, 61, 60, 0.984, 0.95, 1.0),
    ],
    columns=["measure", "kind", "dataset", "certainty", "lesions", "pairs", "found", "share", "low", "high"],
)
"""Measurements of the search for images of one lesion, made up."""


def values_table(number: str, cells: Sequence[str], generator: np.random.Generator) -> pd.DataFrame:
    """Return a table of the study, as its CSV has it."""
    spec = SPECS[number]
    models = [spec.only] if spec.only else [*cells] if spec.family == "lesion" else MODELS[spec.family]
    labels = CLASSES if spec.source == "classes" else ("",)
    keys = product((spec.part, *spec.extra_parts), models, labels, (metric.key for metric in spec.metrics))
    frame = pd.DataFrame(list(keys), columns=["part", "cell", "class", "metric"])
    size = len(frame)
    frame["ours_mean"], frame["ours_sd"] = generator.random(size), generator.random(size) / 10
    printed = spec.in_thesis & (frame["part"] == spec.part) & ~frame["cell"].isin(WITH_SHAMS[12:])
    frame["thesis_mean"] = np.where(printed, generator.random(size).round(3), np.nan)
    frame["thesis_sd"] = np.where(printed, 0.01, np.nan)
    frame["difference"] = frame["ours_mean"] - frame["thesis_mean"]
    return frame.assign(images=2003, folds=0 if spec.source in ("images", "localisation") else 4)


def comparisons(generator: np.random.Generator) -> pd.DataFrame:
    """Return comparisons of a cell with that without CAMs, as comparisons.csv has them."""
    keys = product(("predictions", "localisation"), [CELLS[1], CELLS[2]], ("accuracy", "kappa"))
    frame = pd.DataFrame(list(keys), columns=["measured", "cell", "metric"])
    frame["difference"] = generator.normal(size=len(frame)) / 10
    fixed = {"testset": "ham10000", "question": "cams", "reference": CELLS[0], "alpha": 0.05, "images": 2003}
    fixed |= {"lesions": 1802, "seeds": 1, "folds": 4, "p": 0.01, "p_adjusted": 0.03, "outcome": "higher"}
    low, high = frame["difference"] - 0.01, frame["difference"] + 0.01
    return frame.assign(**fixed, cell_score=0.6, reference_score=0.5, low=low, high=high)


def subgroups(generator: np.random.Generator) -> pd.DataFrame:
    """Return two subgroups of one cell, as subgroups.csv has them."""
    keys = product(("ham10000", "isic2019"), [CELLS[0]], [("all", "all"), ("sex", "female")], ("accuracy",))
    rows = [(testset, cell, *group, metric) for testset, cell, group, metric in keys]
    frame = pd.DataFrame(rows, columns=["testset", "cell", "kind", "subgroup", "metric"])
    values = generator.random(len(frame))
    return frame.assign(networks=4, images=10, lesions=9, value=values, low=0.1, high=0.9, draws=9)


def audit(leaking: bool) -> pd.DataFrame:
    """Return an audit with three uses, as audit.csv has it."""
    columns = ["artifact", "dataset", "applied_to", "pairs", "images", "images_leaked", "same_image", "copy", "lesion"]
    rows = [
        ("mask", "ham10000", "ham10000", 200, 200, 50, 40, 4, 6),
        ("lesion prediction", "ham10000", "test", 80, 20, 5, 0, 1, 9),
        ("data set", "ham10000", "isic2019", 300, 300, 200, 200, 0, 0),
    ]
    frame = pd.DataFrame(rows, columns=columns)
    if not leaking:
        frame.loc[:1, ["images_leaked", "same_image", "copy", "lesion"]] = 0
    return frame


def label_audit() -> pd.DataFrame:
    """Return two doubtful labels, as label-audit.csv has them."""
    rows = [
        ("ham10000", 1, "ISIC_0", "nv", "mel", "networks; neighbours", 0.5, "", 4.0, 1.0, 0.9),
        ("isic2019", 1, "ISIC_1", "scc", "", "data set", np.nan, "akiec", np.nan, np.nan, np.nan),
    ]
    known = ["dataset", "rank", "image_id", "label", "favoured", "evidence", "doubt", "shared_label"]
    return pd.DataFrame(rows, columns=[*known, "networks", "against", "neighbours_share"])


def label_costs(cells: Sequence[str], generator: np.random.Generator) -> pd.DataFrame:
    """Return metrics with other labels, as label-costs.csv has them."""
    metrics, labels = ("accuracy", "balanced_accuracy", "macro_f1"), ("published", "favoured", "left_out")
    frame = pd.DataFrame(list(product(cells, metrics, labels)), columns=["cell", "metric", "labels"])
    difference = generator.normal(size=len(frame)) / 100 * (frame["labels"] != "published")
    return frame.assign(value=0.5 + difference, difference=difference, images=2003, worst=20)


def epochs(cells: Sequence[str]) -> pd.DataFrame:
    """Return the epochs of a symmetry network and of two folds of each cell, as epochs.csv has them."""
    rows = [("symmetry", "symderm", "none", 0, 0, 5, 3, "patience")]
    rows += [("lesion", "ham10000", cell, 42, fold, 9, 9 - fold, "limit") for cell in cells for fold in (0, 1)]
    columns = ["stage", "dataset", "model", "seed", "fold", "epochs", "kept", "ended"]
    return pd.DataFrame(rows, columns=columns).assign(limit=9)


def hair() -> pd.DataFrame:
    """Return the table of hair removal, as hair.csv has it; no lesion was predicted in the last data set."""
    shares = {"replaced": 0.0412, "inside": 0.0835, "outside": 0.025, "most": 0.31, "much": 0.25}
    frame = pd.DataFrame({"dataset": list(DATASETS), "images": 200, **shares, "lesions": 200, "method": "blackhat"})
    frame.loc[len(frame) - 1, ["inside", "lesions"]] = np.nan, 0
    return frame


def split_table() -> pd.DataFrame:
    """Return a split table of six images of two classes: two folds and a test set."""
    images = [f"ISIC_{number}" for number in range(6)]
    frame = pd.DataFrame({"image_id": images, "label": ["nv", "mel"] * 3, "fold": [-1, -1, 0, 1, 0, 1]}).assign(
        variant="original"
    )
    tested = frame["fold"] < 0
    return frame.assign(role=np.where(tested, "test", "pool"), train=~tested, validation=~tested)


def results_of(
    protocols: Sequence[str] = BOTH,
    numbers: Sequence[str] = ("05", "06b", "07", "08b", "09", "10", "14"),
    cells: Sequence[str] = CELLS[:4],
    seed: int = 1,
    **changes: object,
) -> Results:
    """Return what a page is made of, with some tables and cells; `changes` are of the attributes of `Results`."""
    generator = np.random.default_rng(seed)
    tables, texts = {}, {}
    for protocol in protocols:
        tables |= {(protocol, f"table-{number}"): values_table(number, cells, generator) for number in numbers}
        tables[protocol, "comparisons"] = comparisons(generator)
        tables[protocol, "subgroups"] = subgroups(generator)
        tables[protocol, "audit"] = audit(protocol == "thesis")
        tables[protocol, "label-audit"] = label_audit()
        tables[protocol, "label-costs"] = label_costs(cells, generator)
        tables[protocol, "hair"] = hair()
        tables[protocol, "epochs"] = epochs(cells)
        names = [name for of_protocol, name in tables if of_protocol == protocol]
        texts |= {(protocol, name): f"# Title\n\nText.\n\n- Of both.\n- Of {protocol} `alone`.\n" for name in names}
        asked = "".join(f"## Question {n}\n\n> What of {n}?\n\n{ANSWER}\n\n" for n in (1, 2))
        texts[protocol, "answers"] = f"# Answers\n\nHow to read.\n\n{asked}- A remark.\n"
    drawn = '<svg class="figure"></svg>'
    figures = {(protocol, "figure-06"): drawn for protocol in protocols}
    figures |= {(protocol, "figure-10"): "" for protocol in protocols} | {("", "near-duplicates"): ""}
    paths = [f"{protocol}/tables/{name}.{suffix}" for protocol, name in tables for suffix in ("csv", "md")]
    paths += [f"{protocol}/figures/figure-10.png" for protocol in protocols] + ["lesions/near-duplicates.png"]
    summary = {"indexed": 6, "rejected": 1, "masks": 6, "passed_over": 0, "per_class": {"nv": 3, "mel": 3}}
    rejected = pd.DataFrame({"image_id": ["ISIC_9"], "path": ["/data/ISIC_9.jpg"], "reason": ["too small"]})
    pairs = pd.DataFrame(
        {
            "dataset_a": ["ham10000", "symderm", "ham10000"],
            "dataset_b": ["isic2019", "symderm", "isic2019"],
            "reason": ["copy", "local features", "copy"],
        }
    )
    default = {
        "protocols": list(protocols),
        "demo": False,
        "tables": tables,
        "texts": texts,
        "failed": {},
        "summaries": dict.fromkeys(DATASETS, summary),
        "rejected": dict.fromkeys(DATASETS, rejected),
        "splits": {(protocol, dataset): split_table() for protocol in protocols for dataset in DATASETS},
        "pairs": pairs,
        "hidden": pairs[:1],
        "detection": DETECTION,
        "searches": {},
        "figures": figures,
        "selected": {protocol: "unet-ensemble" if protocol == "thesis" else "unet" for protocol in protocols},
        "links": {path: f"files/{path.replace('png', 'webp')}" for path in paths},
    }
    return Results(**{**default, **changes})  # type: ignore[arg-type]
