"""Words for comparisons and their numbers, in tables and in sentences."""

from collections.abc import Sequence

from selcn.evaluation.comparisons.pairs import Question

KINDS = {
    Question.CAMS: ("lesion networks with symmetry CAMs", "networks without CAMs (same mask)"),
    Question.CAMS_OVER_SHAMS: ("lesion networks with symmetry CAMs", "sham controls (same mask)"),
    Question.SHAMS: ("sham controls", "networks without CAMs (same mask)"),
    Question.MASKS: ("lesion networks with masked input", "unmasked input (no CAMs)"),
    Question.SYMMETRY_MASKS: ("symmetry networks with masked input", "unmasked input"),
    Question.ORACLES: ("oracle controls", "the sham control zeros (same mask)"),
}
"""For each question the networks compared, and their reference."""

CONTROLS = {
    "zeros": "the extra layer",
    "shuffled": "what CAMs have in common",
    "gaussian": "where lesions usually lie",
    "mask": "where this lesion lies",
    "malignancy": "the task of the network behind the CAMs",
}
"""What each sham control isolates (docs/decisions.md)."""

RETRAINING = "retraining the lesion network with the same splits, masks and symmetry networks"
"""What comparisons over several seeds account for: everything before the lesion network stays fixed."""

ONE_NETWORK = "the best fold, of the first seed where there are several"
"""The network of a cell that its CAMs come from."""

CELLS = (
    "Ablation cells are named `cls-<mask>_sym-<source>`. The mask is on the lesion network's input: `none`, `seg` "
    "(segmentation mask) or `lae` (LAE box). The source is the symmetry network whose CAMs the lesion network takes in "
    "an extra layer (E-Layer), named by that network's own input mask; `sym-off` has neither CAMs nor the layer.\n\n"
    "A **sham control** is a cell whose extra layer takes something else in place of symmetry CAMs: `zeros`; "
    "`shuffled`, another lesion's CAM; `gaussian`, a centred Gaussian; `mask`, the segmentation mask; `malignancy`, "
    "the CAM of a network trained on malignancy."
)
"""How to read a cell's name."""

_METRICS = {
    "macro_f1": "macro F1",
    "iou": "IoU",
    "overlap": "percentage overlap",
    "hit": "pointing game",
    "hit_undilated": "undilated pointing game",
    "empty_cam": "share of empty CAMs",
}


def metric_name(metric: str) -> str:
    """Return a metric's name within a sentence."""
    return _METRICS.get(metric, metric.replace("_", " "))


def signed(value: float) -> str:
    """Return a difference of scores as in the project's texts: +.012, −.003, .000."""
    text = unsigned(abs(value))
    if float(text) == 0:
        return text
    return ("+" if value > 0 else "−") + text


def unsigned(value: float) -> str:
    """Return a number of at least 0 with three decimals, as in the project's texts: .012, 1.200."""
    return f"{value:.3f}".removeprefix("0")


def p_text(value: float) -> str:
    """Return a p value as in the project's texts: .012, < .001."""
    return "< .001" if value < 0.001 else unsigned(value)


def ci_name(alpha: float) -> str:
    """Return the name of a confidence interval of level 1 - alpha: 95 % CI."""
    return f"{100 * (1 - alpha):.0f} % CI"


def percent(share: float) -> str:
    """Return a share, 0..1, in percent with one decimal: 85.2 %."""
    return f"{share:.1%}".replace("%", " %")


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: 1 pair, 2 pairs."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def listed(words: Sequence[str]) -> str:
    """Return words as a list within a sentence: a, b and c."""
    return " and ".join([*([", ".join(words[:-1])] if len(words) > 1 else []), *words[-1:]])
