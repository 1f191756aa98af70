"""The audit as tables that people read."""

import pandas as pd

from selcn.evaluation.leakage import DATA_SET, TEST_SET
from selcn.report.tables.render import DEMO, markdown_grid

USES = {
    "artifact": "Made",
    "dataset": "By a model trained on",
    "applied_to": "Of images of",
    "images": "Images",
    "images_leaked": "Seen by some model",
    "share": "Share",
    "pairs": "Uses",
    "same_image": "Trained on the image",
    "copy": "On a copy",
    "lesion": "On its lesion",
}
OVERLAPS = {
    "applied_to": "Images of",
    "dataset": "Compared with",
    "images": "Images",
    "images_leaked": "Shared",
    "share": "Share",
    "same_image": "The image itself",
    "copy": "A copy",
    "lesion": "Another image of its lesion",
}


def to_markdown(uses: pd.DataFrame, shared: pd.DataFrame, protocol: str, demo: bool) -> str:
    """Return the audit as Markdown.

    Parameters
    ----------
    uses
        What `selcn.evaluation.leakage.audit` counted of the models' uses.
    shared
        What it counted of `selcn.evaluation.leakage.overlaps`.
    """
    test_sets = shared[shared["artifact"] == TEST_SET].assign(dataset=lambda table: "the pool of " + table["dataset"])
    data_sets = shared[shared["artifact"] == DATA_SET].assign(dataset=lambda table: "all of " + table["dataset"])
    blocks = [
        f"# Audit of the {protocol} protocol: who had seen what",
        *([DEMO] if demo else []),
        "## What results rest on",
        _grid(uses, USES),
        "- A use is one model and one image. A model has seen an image where it was trained on it (in any variant), on "
        "a near-duplicate of it, or on another image of its lesion.\n"
        "- Counted from the ids beside every model, not from the split tables.",
        "## What test sets share with pools",
        _grid(test_sets, OVERLAPS),
        "- Of a pool not every image is trained on: balancing leaves out what is above its cap.",
        "## What data sets share",
        _grid(data_sets, OVERLAPS | {"others": "Other images than its"}),
        "- Of ISIC2019 the images of HAM10000's classes, without SCC and UNK.",
    ]
    return "\n\n".join(blocks) + "\n"


def _grid(table: pd.DataFrame, columns: dict[str, str]) -> str:
    share = [f"{leaked / max(1, images):.1%}" for leaked, images in _counts(table)]
    shown = table.assign(share=share, others=table["images"] - table["same_image"])
    return markdown_grid(list(columns.values()), shown[list(columns)].astype(str).to_numpy().tolist())


def _counts(table: pd.DataFrame) -> zip:
    return zip(table["images_leaked"], table["images"], strict=True)
