"""Notes on a study's comparison of backbones."""

from collections.abc import Sequence

from selcn.report.tables.models import label_of


def notes_on_backbones(random: Sequence[str], chosen: str | None) -> list[str]:
    """Return the notes on the backbones' initial weights and on the choice among them.

    Parameters
    ----------
    random
        Backbones that started from random weights.
    chosen
        The backbone that the symmetry models use where the comparison chose it, else None.
    """
    notes = []
    if random:
        names = _enumerated([label_of("backbone", name)[0] for name in random])
        notes.append(f"{names} started from random weights; their results say nothing about pre-trained weights.")
    if chosen is not None:
        notes.append(
            f"The symmetry models use {label_of('backbone', chosen)[0]}, the backbone with the highest mean balanced "
            "accuracy on the validation sets (symmetry.backbone: auto)."
        )
    return notes


def note_on_random_weights(weights: Sequence[str]) -> str:
    """Return the note on symmetry models whose weights, though called pre-trained, are random.

    Parameters
    ----------
    weights
        Where the weights of each backbone come from that the models may have: `hub`, `random`, or a file.
    """
    if set(weights) != {"random"}:
        return ""
    return (
        "No model was pre-trained: in this study the backbone's weights are random (`weights`), also where the column "
        "Pretrained says yes."
    )


def _enumerated(names: Sequence[str]) -> str:
    """Return names as a list within a sentence: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
