"""What comparisons and their numbers are called, in tables and in sentences."""

from collections.abc import Sequence

from selcn.evaluation.comparisons.pairs import Question

KINDS = {
    Question.CAMS: ("lesion networks with CAMs", "those of the same mask without CAMs"),
    Question.CAMS_OVER_SHAMS: ("lesion networks with CAMs", "those of the same mask with a sham"),
    Question.SHAMS: ("lesion networks with shams", "those of the same mask without CAMs"),
    Question.MASKS: ("lesion networks with masked input", "the one without a mask, all without CAMs"),
    Question.SYMMETRY_MASKS: ("symmetry networks with masked input", "the one without a mask"),
}
"""For each question what is compared, and with what."""

CONTROLS = {
    "zeros": "the layer itself",
    "shuffled": "what CAMs have in common",
    "gaussian": "where lesions lie as a rule",
    "mask": "where this lesion lies",
    "malignancy": "what the network behind the CAMs was trained to tell",
}
"""For each sham what it controls for (docs/decisions.md)."""

NEW_TRAININGS = "new trainings of the lesion network, given these splits, these masks and these symmetry networks"
"""What a comparison over several seeds speaks of: all that comes before the lesion network stays as it is."""

ONE_NETWORK = "the best fold, of the first seed where there are several"
"""Which network of a cell its maps are of."""

CELLS = (
    "Lesion networks are named `cls-<mask>_sym-<source>`: the mask on their input (`none`, `seg`: segmentation mask, "
    "`lae`: box about the lesion), and whose CAMs their further layer is given: those of the symmetry network with the "
    "mask `none`, `seg` or `lae` on its input. `sym-off`: no CAMs and no such layer. Any other source is a sham, given "
    "to that layer in the CAMs' place."
)
"""How to read a cell's name."""

_METRICS = {
    "macro_f1": "macro F1",
    "iou": "IoU",
    "overlap": "percentage overlap",
    "hit": "pointing game score",
    "hit_undilated": "undilated pointing game score",
    "empty_cam": "share of empty maps",
}


def metric_name(metric: str) -> str:
    """Return what a metric is called within a sentence."""
    return _METRICS.get(metric, metric.replace("_", " "))


def signed(value: float) -> str:
    """Return a difference of scores as in the project's texts: +.012, −.003, .000."""
    text = f"{abs(value):.3f}".removeprefix("0")
    if float(text) == 0:
        return text
    return ("+" if value > 0 else "−") + text


def p_text(value: float) -> str:
    """Return a p value as in the project's texts: .012, below .001."""
    return "below .001" if value < 0.001 else f"{value:.3f}".removeprefix("0")


def percent(share: float) -> str:
    """Return a share, 0..1, in percent with one decimal: 85.2 %."""
    return f"{share:.1%}".replace("%", " %")


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: 1 pair, 2 pairs."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(words: Sequence[str]) -> str:
    """Return words as a list within a sentence: a, b and c."""
    return " and ".join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])
