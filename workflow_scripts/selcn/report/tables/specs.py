"""Specifications of the tables: models, metrics, sources of values, and notes on the thesis's values."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from selcn.report.tables.columns import (
    CLASSWISE,
    FURTHER_METRICS,
    LESION,
    LOCALISATION,
    OUT_OF_DISTRIBUTION,
    SEGMENTATION,
    SYMMETRY,
    Metric,
)


@dataclass(frozen=True)
class Spec:
    """A table.

    Attributes
    ----------
    number
        The thesis's number, or a name for a table of ours.
    family
        The stage whose models it compares.
    source
        Layout of its values in the evaluation's files: see `selcn.report.tables.values`.
    part
        The images of the thesis's values.
    extra_parts
        Further images, shown where an evaluation has them; the thesis has no values for them.
    only
        The only model of the table; None for all models of the family.
    of_thesis
        Whether it is of the thesis's data sets.
    """

    number: str
    title: str
    dataset: str
    family: Literal["segmentation", "backbone", "symmetry", "lesion"]
    source: Literal["images", "folds", "localisation", "classes", "out_of_distribution"]
    part: str
    metrics: tuple[Metric, ...]
    notes: tuple[str, ...] = ()
    extra_parts: tuple[str, ...] = ()
    only: str | None = None
    of_thesis: bool = True

    @property
    def in_thesis(self) -> bool:
        """Whether the thesis has this table."""
        return self.of_thesis and self.number[0].isdigit()


CLASSES = ("nv", "mel", "bkl", "bcc", "akiec", "vasc", "df")
"""HAM10000's classes in the order of tables 11 and 12."""

_segmentation = partial(Spec, family="segmentation", source="images", metrics=SEGMENTATION)
_symmetry = partial(Spec, dataset="SymDerm v2.0", family="symmetry", source="folds", metrics=SYMMETRY)
_backbones = partial(Spec, dataset="SymDerm v2.0", family="backbone", source="folds", metrics=SYMMETRY)
_lesion = partial(Spec, family="lesion", source="folds", metrics=LESION)
_classwise = partial(Spec, dataset="HAM10000", family="lesion", source="classes", part="test", metrics=CLASSWISE)
_localisation = partial(Spec, dataset="HAM10000", source="localisation", part="localisation", metrics=LOCALISATION)

_CAM_NOTE = (
    "Compared with the ground-truth masks of HAM10000. An empty CAM has an IoU of 0, counts as a miss, and is left out "
    "of the overlap, which is undefined; images with an empty mask are left out. The thesis's values are of all of "
    "HAM10000 and the model of its best fold; it reports no pointing game on the undilated mask and no number of empty "
    "CAMs."
)
_SWAP_NOTE = (
    "The thesis printed tables 11 and 12 under each other's captions: table 12's macro averages (precision 0.750, "
    "recall 0.814, F1 0.777) are model 1's in table 8b, and table 11's (0.768, 0.821, 0.791) are within 0.003 of "
    "model 3's."
)
_SHARE_NOTE = (
    "The share of melanoma in ISIC2016 that the thesis's table 2 prints (42.6 %) is wrong: "
    "173 of the 900 training images (19.2 %) are malignant."
)

_ALL = (
    _segmentation(
        "05",
        "Segmentation on the test set",
        dataset="HAM10000",
        part="test",
        notes=(
            "The thesis's accuracy of DeepLabv3+ (0.9184) lies above both its sensitivity and its specificity. This is "
            "impossible for values pooled over pixels, so its values are read as means over images; ours are such "
            "means.",
        ),
    ),
    _backbones(
        "backbones",
        "Backbones of the symmetry network",
        part="validation",
        extra_parts=("test",),
        notes=(
            "The thesis prints no values of this comparison: its section 4.1.2 says that the four were trained with "
            "the same hyperparameters, and that SqueezeNet gave the best performance.",
            "Trained on unmasked images, with the configuration's settings of the symmetry network.",
        ),
    ),
    _symmetry(
        "06a",
        "Symmetry on the validation sets",
        part="validation",
        notes=("The thesis's section 5.4.2 gives model 1 a kappa of 0.392, its table 0.329; shown is the table's.",),
    ),
    _symmetry(
        "06b",
        "Symmetry on the test set",
        part="test",
        notes=(
            "The thesis's section 5.4.2 says that model 4 beats model 3 on all metrics but kappa; "
            "in its table model 4 has the higher kappa too.",
        ),
    ),
    _symmetry(
        "malignancy",
        "Network of the sham control malignancy: symmetry model 2, trained on malignancy instead",
        part="validation",
        extra_parts=("test",),
        only="malignancy",
        notes=(
            "Classifies SymDerm's images as malignant (akiec, bcc, mel) or benign, where HAM10000 has their diagnosis. "
            "Its CAMs are a useful control only as far as it learnt to do so.",
            "In the thesis's protocol it was trained on images that lesion networks are tested on, with their "
            "diagnoses; the leakage audit counts them.",
        ),
    ),
    _localisation("07", "Localisation of the symmetry models' CAMs", family="symmetry", notes=(_CAM_NOTE,)),
    _lesion(
        "08a",
        "Lesion classification on the validation sets",
        dataset="HAM10000",
        part="validation",
        notes=(
            "The thesis's section 5.4.3 gives the accuracies of models 9-12 (0.847 to 0.869 in its table) "
            "as 0.787 to 0.800, which are those of models 5-8.",
        ),
    ),
    _lesion(
        "08b",
        "Lesion classification on the test set",
        dataset="HAM10000",
        part="test",
        notes=(
            "The thesis's section 5.4.3 calls 0.792 the highest macro recall; in its table it is the highest macro F1, "
            "and the highest recall is model 4's 0.824.",
            "The thesis's section 6.3 says that models 10-12 beat model 9 on every metric; "
            "in its table model 11's macro recall (0.776) is below model 9's (0.778).",
        ),
    ),
    _localisation(
        "09",
        "Localisation of the lesion models' CAMs",
        family="lesion",
        notes=(
            _CAM_NOTE,
            "The thesis prints the same IoU and pointing game for models 4 and 6 (0.427 ± 0.171, 0.941) and for models "
            "8 and 10 (0.468 ± 0.193, 0.892): at least one of each pair is a misprint.",
            "The thesis's values include the images that these models were trained on.",
        ),
    ),
    _lesion(
        "10",
        "Lesion classification on ISIC2019",
        dataset="ISIC2019 without SCC and UNK",
        part="isic2019",
        extra_parts=("isic2019_trained", "isic2019_untrained", "isic2019_outside", "isic2019_official"),
        notes=(
            "All 10,015 images of HAM10000 are in ISIC2019's training set: of its 24,703 images without SCC only "
            "14,885 are new to these models, and the thesis's values are of all 24,703. "
            "197 of HAM10000's 327 akiec images are labelled SCC there.",
            "The subset of images that a model was trained on comes from the training ids saved beside each fold's "
            "model. In the leakfree protocol only lesions that no network was trained on are predicted, so this subset "
            "is absent.",
        ),
    ),
    _classwise(
        "11",
        "Classes of model 1 (no mask, no CAMs) on the test set",
        only="cls-none_sym-off",
        notes=(
            _SWAP_NOTE,
            "The thesis's values here are those it printed as table 12. Its supports there add up to 2,003, with 1,341 "
            "nevi.",
        ),
    ),
    _classwise(
        "12",
        "Classes of model 3 (no mask, CAMs of the segmentation-masked symmetry model) on the test set",
        only="cls-none_sym-seg",
        notes=(
            _SWAP_NOTE,
            "The thesis's values here are those it printed as table 11. Its supports there add up to 1,999, with 1,337 "
            "nevi; the test set has 2,003 images.",
        ),
    ),
    _lesion(
        "13",
        "Lesion classification trained on ISIC2016, on the validation sets",
        dataset="ISIC2016",
        part="validation",
        notes=(_SHARE_NOTE,),
    ),
    _lesion(
        "14",
        "Lesion classification trained on ISIC2016, on the test set",
        dataset="ISIC2016",
        part="test",
        extra_parts=("official_test",),
        notes=(_SHARE_NOTE,),
    ),
    _localisation(
        "15",
        "Localisation of the CAMs of the lesion models trained on ISIC2016",
        family="lesion",
        notes=(_CAM_NOTE,),
    ),
    _lesion(
        "measures",
        "Further metrics of lesion classification",
        dataset="HAM10000",
        part="validation",
        extra_parts=("test",),
        metrics=FURTHER_METRICS,
        notes=(
            "Macro AUC and macro AP (average precision) are means over the classes, one against the rest. Melanoma "
            "sensitivity is that of the best threshold on these same images with at least the given specificity.",
            "ECE: expected calibration error, 15 bins. Brier: squared error summed over classes, 0 to 2. For both, "
            "lower is better; neither they nor the temperatures are marked. Each fold's temperature is fitted on its "
            "validation set, so only the test set's scaled ECE shows the benefit of scaling.",
        ),
    ),
    _lesion(
        "unfamiliar",
        "Out-of-distribution detection: classes that no network was trained on",
        dataset="ISIC2019",
        source="out_of_distribution",
        part="scc_outside",
        extra_parts=("official_scc", "official_unk", "official_scc_unk"),
        metrics=OUT_OF_DISTRIBUTION,
        notes=(
            "AUROC with which models trained on HAM10000 separate SCC and UNK from the seven classes of training, by 1 "
            "minus the maximum softmax probability and by the energy of the logits; 0.5 is chance.",
            "197 of HAM10000's 327 akiec images are labelled SCC in ISIC2019, and models were trained on such images "
            "as akiec. So for SCC, and for the known classes compared with it, only images outside HAM10000 are used.",
        ),
    ),
)

SPECS = {spec.number: spec for spec in _ALL}
"""The tables by number, "05" to "15", and by name: "backbones", "malignancy", "measures", "unfamiliar"."""


def ensemble_note(folds: int, flips: bool) -> str:
    """Return table 5's note on its ensembles: number of folds, with or without flips."""
    networks = "fold 0's network" if folds == 1 else f"the networks of folds 0 to {folds - 1}"
    views = " and over an image and its horizontal, vertical and double flip" if flips else ""
    return (
        f"An ensemble's mask is where the lesion probability, averaged over {networks}{views}, is above 0.5. "
        "The other columns are fold 0's network on unflipped images."
    )


def search_notes(protocol: str, searching: Sequence[str]) -> list[str]:
    """Return the note on a table's hyper-parameters in a study of both protocols; `searching` are those that search.

    The protocol that searches for both has none.
    """
    if len(searching) > 1:
        return ["Each protocol searched its own hyper-parameters; differences between protocols may come from these."]
    if protocol in searching:
        return []
    return [
        f"Hyper-parameters were searched in the {searching[0]} protocol, also on images of this protocol's test sets "
        "(the leakage audit counts them)."
    ]
