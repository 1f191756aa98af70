"""The leakage audit as text and tables."""

import pandas as pd

from selcn.design.datasets import LESION, name_of_set
from selcn.evaluation.leakage import DATA_SET, PATIENT, SEARCH, TEST_SET, given_the_label
from selcn.report.tables.blocks import DEMO, Block, Entry, Grid

USES = {
    "artifact": "Artifact",
    "dataset": "Model trained on",
    "applied_to": "Applied to",
    "images": "Images",
    "images_leaked": "With leakage",
    "share": "Share",
    "pairs": "Uses",
    "same_image": "Trained on the image",
    "copy": "On a copy",
    "lesion": "On its lesion",
    PATIENT: "On another lesion of its patient",
}
OVERLAPS = {
    "applied_to": "Images of",
    "dataset": "Compared with",
    "images": "Images",
    "images_leaked": "Shared",
    "share": "Share",
    "same_image": "Same image",
    "copy": "Near-duplicate",
    "lesion": "Other image of the lesion",
    PATIENT: "Other lesion of the patient",
}

ORACLES = {"artifact": "Oracle control", "applied_to": "Applied to", "images": "Images", "pairs": "Uses"}
LEFT_OUT = "Oracle controls are given the label by design and are left out of this claim."

_PATIENTS = (
    "- Another lesion of its patient: known in data sets whose tables name patients, and counted apart, since it is no "
    "leakage by lesion. The leakfree protocol has no such use unless `split.by` is `lesion`."
)
_SEARCHES = (
    "- A search's images are those that its trials train on and those that they are scored on, in the protocol that "
    "searched the hyper-parameters used here."
)


def audit_blocks(uses: pd.DataFrame, shared: pd.DataFrame, protocol: str, recall: str, demo: bool) -> list[Block]:
    """Return the leakage audit as text and tables.

    Parameters
    ----------
    uses
        Table of `selcn.evaluation.leakage.audit` for the uses of models.
    shared
        The same for `selcn.evaluation.leakage.overlaps`.
    recall
        What the search for images of one lesion misses, of `recall_sentence`.
    demo
        Whether the numbers come from synthetic images.
    """
    test_sets = shared[shared["artifact"] == TEST_SET].assign(
        dataset=lambda table: "the development set of " + table["dataset"]
    )
    searches = shared[shared["artifact"] == SEARCH].assign(dataset=lambda table: "the search on " + table["dataset"])
    data_sets = shared[shared["artifact"] == DATA_SET].assign(dataset=lambda table: "all of " + table["dataset"])
    return [
        f"# Leakage audit of the {protocol} protocol",
        *([DEMO] if demo else []),
        f"This audit covers known lesions and pairs only. {recall}",
        "## Models applied to images that they were trained on",
        _grid(uses[~given_the_label(uses)], USES),
        "- A use is one model applied to one image. It has leakage where the model was trained on the image (in any "
        "variant), on a near-duplicate (copy), or on another image of its lesion.\n"
        "- Counted from the training ids saved beside every model, independently of the split tables.\n"
        "- Sham control shuffled: the network behind a CAM must not have been trained on the lesion that is given the "
        "CAM, nor on the giver's. Side of the split, by the split tables: givers of test images against "
        f"{name_of_set(LESION)}'s development set, and test images against the givers of development images.",
        *([_PATIENTS] if PATIENT in uses else []),
        *_oracles(uses[given_the_label(uses)]),
        "## Overlap of test sets with development sets",
        _grid(test_sets, OVERLAPS),
        "- Not every image of a development set is trained on: balancing drops images above its cap.",
        *_searches(searches),
        "## Overlap of data sets",
        _grid(data_sets, OVERLAPS | {"others": "Not the same image"}),
        f"- Only images of classes that {name_of_set(LESION)} has, where a data set has any.",
    ]


def _oracles(uses: pd.DataFrame) -> list[Block]:
    heading, note = "## Oracle controls, given the label", f"- Predictions and CAMs of their networks. {LEFT_OUT}"
    return [] if uses.empty else [heading, _grid(uses, ORACLES), note]


def _searches(overlaps: pd.DataFrame) -> list[Block]:
    heading = "## Overlap of test sets with searches"
    return [] if overlaps.empty else [heading, _grid(overlaps, OVERLAPS), _SEARCHES]


def _grid(table: pd.DataFrame, columns: dict[str, str]) -> Grid:
    share = table["images_leaked"] / table["images"].clip(lower=1)
    table = table.assign(share=share, others=table["images"] - table["same_image"])
    shown = {name: label for name, label in columns.items() if name in table}
    rows = [[_entry(name, row[name]) for name in shown] for row in table.to_dict("records")]
    return Grid(list(shown.values()), rows)


def _entry(name: str, value: str | float) -> str | Entry:
    if isinstance(value, str):
        return value
    return Entry(f"{value:.1%}" if name == "share" else str(value), value=value)
