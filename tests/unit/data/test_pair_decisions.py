"""Which pairs of images count as one lesion: copies, local features, published lists and a person's verdicts."""

import pandas as pd
import pytest

from selcn.data.duplicates.decisions import Thresholds, Verdicts, certain, copies, decide, outside_study, read_pairs

THRESHOLDS = Thresholds(certain=12, doubtful=7)
IDS = [f"i{k}" for k in range(9)]
INDICES = {
    "ham10000": pd.DataFrame({"image_id": IDS[:7]}, dtype="str"),
    "isic2019": pd.DataFrame({"image_id": ["i0_downsampled", *IDS[5:]]}, dtype="str"),
}


def copies_of(*pairs: tuple[str, str, int]) -> pd.DataFrame:
    rows = [("ham10000", a, "ham10000", b, bits, "mirrored", 0.98) for a, b, bits in pairs]
    names = ["dataset_a", "image_id_a", "dataset_b", "image_id_b", "distance", "turn", "correlation"]
    return pd.DataFrame(rows, columns=names).astype({"image_id_a": "str", "image_id_b": "str"})


def matches_of(*pairs: tuple[str, str, int]) -> pd.DataFrame:
    rows = [("ham10000", a, "ham10000", b, "patient", n, 2 * n, 1.1, 5.0, 1.0, 2.0) for a, b, n in pairs]
    names = ["dataset_a", "image_id_a", "dataset_b", "image_id_b", "candidate", "inliers", "matches"]
    return pd.DataFrame(rows, columns=[*names, "scale", "rotation", "shift_x", "shift_y"])


def listed(*pairs: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(pairs, columns=["first", "second"], dtype="str")


def decided(found=(), matched=(), **verdicts) -> dict[tuple[str, str], tuple[str, str]]:
    table = decide(copies_of(*found), matches_of(*matched), INDICES, THRESHOLDS, Verdicts(**verdicts))
    ids = zip(table["image_id_a"], table["image_id_b"], strict=True)
    return dict(zip(ids, zip(table["certainty"], table["reason"], strict=True), strict=True))


def test_copies_and_many_agreeing_features_are_certain_and_few_are_doubtful():
    found = decided([("i0", "i1", 30)], [("i1", "i2", 12), ("i2", "i3", 11), ("i3", "i4", 7), ("i4", "i5", 6)])
    assert found == {
        ("i0", "i1"): ("certain", "copy"),
        ("i1", "i2"): ("certain", "local features"),
        ("i2", "i3"): ("doubtful", "local features"),
        ("i3", "i4"): ("doubtful", "local features"),
    }


def test_a_pair_found_both_ways_is_one_pair_with_both_measurements():
    table = decide(copies_of(("i1", "i0", 30)), matches_of(("i0", "i1", 8)), INDICES, THRESHOLDS, Verdicts())
    (row,) = table.itertuples()
    assert (row.certainty, row.reason, row.distance, row.inliers, row.scale) == ("certain", "copy", 30, 8, 1.1)


def test_a_list_makes_pairs_certain_and_a_person_overrules_everything():
    found = decided(
        [("i0", "i1", 30), ("i0", "i2", 40)],
        [("i2", "i3", 8), ("i3", "i4", 20), ("i1", "i4", 7)],
        listed=listed(("i2", "i3"), ("i4", "i6"), ("i0", "i1")),
        confirmed=listed(("i1", "i4"), ("i5", "i6")),
        rejected=listed(("i0", "i1"), ("i3", "i4"), ("i4", "i6")),
    )
    assert found == {
        ("i0", "i1"): ("rejected", "known pair"),
        ("i0", "i2"): ("certain", "copy"),
        ("i1", "i4"): ("certain", "confirmed"),
        ("i2", "i3"): ("certain", "known pair"),
        ("i3", "i4"): ("rejected", "local features"),
        ("i4", "i6"): ("rejected", "known pair"),
        ("i5", "i6"): ("certain", "confirmed"),
    }


def test_judged_pairs_lie_in_the_first_data_set_that_has_the_image_and_others_are_left_out():
    table = decide(
        copies_of(), matches_of(), INDICES, THRESHOLDS, Verdicts(listed=listed(("i0", "i8"), ("i0", "elsewhere")))
    )
    (row,) = table.itertuples()
    assert (row.dataset_a, row.image_id_a, row.dataset_b, row.image_id_b) == ("ham10000", "i0", "isic2019", "i8")
    assert pd.isna(row.distance)
    assert pd.isna(row.inliers)


def test_certain_pairs_and_copies_are_taken_from_the_decided_ones():
    table = decide(
        copies_of(("i0", "i1", 30), ("i1", "i2", 20)),
        matches_of(("i2", "i3", 40), ("i3", "i4", 7)),
        INDICES,
        THRESHOLDS,
        Verdicts(rejected=listed(("i1", "i2"))),
    )
    assert certain(table)[["image_id_a", "image_id_b"]].to_numpy().tolist() == [["i0", "i1"], ["i2", "i3"]]
    assert copies(table)[["image_id_a", "image_id_b"]].to_numpy().tolist() == [["i0", "i1"]]


def test_pairs_are_sorted_by_certainty_then_copies_by_distance_then_others_by_features():
    table = decide(
        copies_of(("i0", "i1", 30), ("i1", "i2", 20)),
        matches_of(("i0", "i5", 9), ("i2", "i3", 13), ("i3", "i4", 40)),
        INDICES,
        THRESHOLDS,
        Verdicts(),
    )
    ids = table[["image_id_a", "image_id_b"]].to_numpy().tolist()
    assert ids == [["i1", "i2"], ["i0", "i1"], ["i3", "i4"], ["i2", "i3"], ["i0", "i5"]]


def test_a_csv_of_pairs_is_read_in_either_order(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("note,image_id_b,image_id_a\nseen,i1_downsampled, i2\nseen,i2,i1\n,i3,i4\n")
    assert read_pairs(path).to_numpy().tolist() == [["i1", "i2"], ["i3", "i4"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("first,second\ni1,i2\n", "no column image_id_a or image_id_b among first, second"),
        ("image_id_a,image_id_b\ni1,i2\ni3,\n", "pair 2 is 'i3' and ''"),
        ("image_id_a,image_id_b\ni1,i1_downsampled\n", "pair 1 is 'i1' and 'i1'"),
    ],
)
def test_a_csv_that_names_no_pairs_is_refused(tmp_path, content, message):
    path = tmp_path / "pairs.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        read_pairs(path)


def test_contradicting_verdicts_are_refused():
    with pytest.raises(ValueError, match=r"i1 and i2 are in duplicates\.confirmed and in duplicates\.rejected"):
        Verdicts(confirmed=listed(("i1", "i2")), rejected=listed(("i1", "i2")))


@pytest.mark.parametrize(("certain_at", "doubtful_at"), [(5, 6), (5, 0)])
def test_thresholds_in_the_wrong_order_are_refused(certain_at, doubtful_at):
    with pytest.raises(ValueError, match="expected 0 < doubtful <= certain"):
        Thresholds(certain_at, doubtful_at)


def test_judged_pairs_with_an_image_outside_the_study_are_told_from_the_others():
    judged = listed(("elsewhere", "i1"), ("i0", "i8"), ("i2", "nowhere"))
    assert outside_study(judged, INDICES).to_numpy().tolist() == [["elsewhere", "i1"], ["i2", "nowhere"]]
    assert outside_study(judged.iloc[1:2], INDICES).empty
