"""The audit as a table that people read."""

import pandas as pd

COLUMNS = {
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


def to_markdown(table: pd.DataFrame, protocol: str, demo: bool) -> str:
    """Return what `selcn.audit.audit` counted as Markdown."""
    shown = table.assign(share=[f"{leaked / max(1, images):.1%}" for leaked, images in _counts(table)])
    header = " | ".join(COLUMNS.values())
    lines = [" | ".join(str(row[column]) for column in COLUMNS) for _, row in shown.iterrows()]
    notes = [
        "A use is one model and one image. A model has seen an image where it was trained on it (in any variant), on a "
        "near-duplicate of it, or on another image of its lesion.",
        "Counted from the ids beside every model, not from the split tables.",
        *(["The data are the demo's, drawn at random: these counts say nothing about any real data."] if demo else []),
    ]
    return "\n".join(
        [
            f"# Audit of the {protocol} protocol: who had seen what",
            "",
            f"| {header} |",
            "|" + " --- |" * len(COLUMNS),
            *(f"| {line} |" for line in lines),
            "",
            *(f"- {note}" for note in notes),
            "",
        ]
    )


def _counts(table: pd.DataFrame) -> zip:
    return zip(table["images_leaked"], table["images"], strict=True)
