"""Names of models in the page's sentences and captions."""

from selcn.design.cam_sources import MALIGNANCY
from selcn.evaluation.comparisons.pairs import Question
from selcn.report.tables.models import label_of


def name_of(family: str, model: str) -> str:
    """Return a model's name within a sentence, such as "model 4 (no mask, CAMs: LAE box)"."""
    label = label_of(family, model)
    if len(label) == 1:
        return label[0]
    number, mask, source = label
    if family == "symmetry":
        trained = "" if source == "yes" else ", from random weights"
        return "the sham control's network" if model == MALIGNANCY else f"model {number} ({mask}{trained})"
    cams = source if source.startswith(("no CAMs", "sham control", "oracle control")) else f"CAMs: {source}"
    return f"model {number} ({mask}, {cams})" if number.isdigit() else f"{cams} ({mask})"


def pair_name(question: str, cell: str, reference: str) -> str:
    """Return a compared pair within a sentence: "model 2 (no mask, CAMs: no mask) vs. model 1 (no mask, no CAMs)"."""
    family = "symmetry" if question == Question.SYMMETRY_MASKS else "lesion"
    return f"{name_of(family, cell)} vs. {name_of(family, reference)}"


def upper_first(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]
