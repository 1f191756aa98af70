"""Tables of a study whose data sets are not the thesis's: of the same form, without printed values."""

from collections.abc import Mapping
from dataclasses import replace

from selcn.design.datasets import DATASETS, LESION, ROLES, SEGMENTATION, SYMMETRY, name_of_set
from selcn.report.tables.data_sets import is_of_thesis, like
from selcn.report.tables.specs import SPECS, Spec

# The role whose images a table is of; localisation is scored on images with true masks.
_ROLES: Mapping[str, str] = {
    **dict.fromkeys(("05", "07", "09", "15"), SEGMENTATION),
    **dict.fromkeys(("06a", "06b", "backbones", "malignancy"), SYMMETRY),
    **dict.fromkeys(("08a", "08b", "11", "12", "measures"), LESION),
}


def spec_of(number: str) -> Spec:
    """Return a table of the study whose data sets this process has been told."""
    if is_of_thesis(number, ROLES):
        return SPECS[number]
    form = SPECS[like(number)]
    own = number != form.number
    trained = DATASETS[number.rpartition("-")[0]] if own else name_of_set(LESION)
    role = _ROLES.get(form.number)
    dataset = trained if own and form.source != "localisation" else name_of_set(role) if role else form.dataset
    return replace(
        form,
        number=number,
        title=form.title.replace("trained on ISIC2016", f"trained on {trained}"),
        dataset=dataset,
        notes=_notes(form, trained),
        of_thesis=False,
    )


def _notes(form: Spec, trained: str) -> tuple[str, ...]:
    """Return the notes of a table that are not about the thesis's values and data."""
    if form.source == "localisation":
        masked = name_of_set(SEGMENTATION)
        note = (
            f"Compared with the ground-truth masks of {masked}. An empty CAM has an IoU of 0, counts as a miss, and is "
            "left out of the overlap, which is undefined; images with an empty mask are left out."
        )
        other = form.family == "lesion" and trained != masked
        return (note, *([f"The lesion networks were trained on {trained}."] if other else []))
    if form.number == "malignancy":
        images = name_of_set(SYMMETRY)
        return (
            f"Classifies images of {images} as malignant or benign, where their diagnosis is known. Its CAMs are a "
            "useful control only as far as it learnt to do so.",
            form.notes[1],
        )
    return form.notes if form.number == "measures" else ()
