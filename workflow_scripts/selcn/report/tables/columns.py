"""Columns of each kind of table: metrics, their labels and their format."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A column of a table.

    Attributes
    ----------
    digits
        Decimal places; 0 for a count.
    spread
        Whether it has a standard deviation.
    marked
        Whether the highest value is the best and is marked.
    """

    key: str
    label: str
    digits: int = 3
    spread: bool = True
    marked: bool = True


SEGMENTATION = (
    Metric("dice", "Dice", 4),
    Metric("sensitivity", "Sensitivity", 4),
    Metric("specificity", "Specificity", 4),
    Metric("accuracy", "Accuracy", 4),
)
SYMMETRY = (
    Metric("balanced_accuracy", "Balanced accuracy"),
    Metric("kappa", "Kappa"),
    Metric("weighted_precision", "Weighted precision"),
    Metric("weighted_recall", "Weighted recall"),
    Metric("weighted_f1", "Weighted F1"),
)
LESION = (
    Metric("accuracy", "Accuracy"),
    Metric("kappa", "Kappa"),
    Metric("macro_precision", "Macro precision"),
    Metric("macro_recall", "Macro recall"),
    Metric("macro_f1", "Macro F1"),
)
FURTHER_METRICS = (
    Metric("balanced_accuracy", "Balanced accuracy"),
    Metric("macro_auc", "Macro AUC"),
    Metric("macro_average_precision", "Macro AP"),
    Metric("melanoma_sensitivity_at_80", "Melanoma sensitivity at 80 % specificity"),
    Metric("melanoma_sensitivity_at_90", "at 90 % specificity"),
    Metric("melanoma_sensitivity_at_95", "at 95 % specificity"),
    Metric("ece", "ECE", marked=False),
    Metric("brier", "Brier", marked=False),
    Metric("temperature", "Temperature", marked=False),
    Metric("ece_scaled", "Scaled ECE", marked=False),
)
OUT_OF_DISTRIBUTION = (
    Metric("max_softmax", "AUROC by maximum softmax"),
    Metric("energy", "AUROC by energy"),
    Metric("unfamiliar", "Out-of-distribution images", 0, spread=False),
    Metric("familiar", "In-distribution images", 0, spread=False),
)
CLASSWISE = (
    Metric("precision", "Precision", 4),
    Metric("recall", "Recall", 4),
    Metric("f1", "F1", 4),
    Metric("auc", "AUC", 4),
    Metric("average_precision", "Average precision", 4),
    Metric("support", "Support", 0, spread=False),
)
LOCALISATION = (
    Metric("iou", "IoU"),
    Metric("overlap", "Overlap"),
    Metric("pointing_game", "Pointing game", spread=False),
    Metric("pointing_game_undilated", "Pointing game, undilated", spread=False),
    Metric("empty_cams", "Empty CAMs", 0, spread=False),
    Metric("empty_masks", "Empty masks", 0, spread=False),
)
