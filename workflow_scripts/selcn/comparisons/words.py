"""What comparisons and their numbers are called, in tables and in sentences."""

from selcn.comparisons.pairs import CAMS, CAMS_OVER_SHAMS, MASKS, SHAMS, SYMMETRY_MASKS

KINDS = {
    CAMS: ("lesion networks with CAMs", "those of the same mask without CAMs"),
    CAMS_OVER_SHAMS: ("lesion networks with CAMs", "those of the same mask with a sham"),
    SHAMS: ("lesion networks with shams", "those of the same mask without CAMs"),
    MASKS: ("lesion networks with masked input", "the one without a mask, all without CAMs"),
    SYMMETRY_MASKS: ("symmetry networks with masked input", "the one without a mask"),
}
"""For each question what is compared, and with what."""

_METRICS = {
    "macro_f1": "macro F1",
    "iou": "IoU",
    "overlap": "percentage overlap",
    "hit": "pointing game score",
    "hit_undilated": "undilated pointing game score",
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
