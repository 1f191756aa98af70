"""Which cells are compared with which."""

from selcn.design.cam_sources import lesion_cells
from selcn.evaluation.comparisons.pairs import Pair, Question, lesion_pairs, oracle_pairs, symmetry_pairs


def test_pairs_of_lesion_cells():
    cells = ["cls-none_sym-off", "cls-none_sym-none", "cls-none_sym-zeros", "cls-seg_sym-off", "cls-seg_sym-lae"]
    assert lesion_pairs(cells) == [
        Pair(Question.CAMS, "cls-none_sym-none", "cls-none_sym-off"),
        Pair(Question.CAMS_OVER_SHAMS, "cls-none_sym-none", "cls-none_sym-zeros"),
        Pair(Question.SHAMS, "cls-none_sym-zeros", "cls-none_sym-off"),
        Pair(Question.MASKS, "cls-seg_sym-off", "cls-none_sym-off"),
        Pair(Question.CAMS, "cls-seg_sym-lae", "cls-seg_sym-off"),
    ]


def test_shams_of_an_unmasked_network_are_compared_with_the_cams_of_one_alone():
    """Otherwise a pair would differ by the mask on the symmetry network's input, too."""
    shams = [f"cls-seg_sym-{name}" for name in ("zeros", "shuffled", "gaussian", "mask", "malignancy")]
    models = {name: f"cls-seg_sym-{name}" for name in ("none", "seg", "lae")}
    pairs = [pair for pair in lesion_pairs([*models.values(), *shams]) if pair.question == Question.CAMS_OVER_SHAMS]
    compared = {name: [pair.reference for pair in pairs if pair.cell == cell] for name, cell in models.items()}
    of_every = [shams[0], shams[2], shams[3]]
    assert compared == {"none": shams, "seg": of_every, "lae": of_every}


def test_pairs_without_their_reference_are_left_out():
    assert lesion_pairs(["cls-none_sym-none", "cls-seg_sym-off"]) == []


def test_the_thesis_has_nine_pairs_of_cams_and_two_of_masks():
    cells = [f"cls-{mask}_sym-{source}" for mask in ("none", "seg", "lae") for source in ("off", "none", "seg", "lae")]
    questions = [pair.question for pair in lesion_pairs(cells)]
    assert {name: questions.count(name) for name in set(questions)} == {Question.CAMS: 9, Question.MASKS: 2}


def test_pairs_of_symmetry_models():
    pairs = symmetry_pairs(["scratch-none", "none", "seg", "lae"])
    assert pairs == [Pair(Question.SYMMETRY_MASKS, "seg", "none"), Pair(Question.SYMMETRY_MASKS, "lae", "none")]
    assert symmetry_pairs(["seg", "lae"]) == []


def test_oracle_controls_are_compared_with_zeros_and_join_no_other_question():
    without, cells = (lesion_cells(["none", "seg"], oracle) for oracle in (False, ["none", "seg"]))
    assert lesion_pairs(cells) == lesion_pairs(without)
    assert oracle_pairs(without) == []
    assert [(pair.question, pair.reference) for pair in oracle_pairs(cells)] == [
        (Question.ORACLES, f"cls-{mask}_sym-zeros") for mask in ("none", "seg") for _ in range(5)
    ]
    assert oracle_pairs(["cls-none_sym-oracle"]) == []
