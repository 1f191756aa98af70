"""Tables 5 to 15: our values beside the thesis's, as CSV and as Markdown."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from score_files import LESION, SYMMETRY, THESIS, by_model, folds, lesion_file, localisation, rows_of, scores, write
from selcn.report.tables.build import build_table
from selcn.report.tables.columns import FURTHER_METRICS
from selcn.report.tables.models import CELLS, MODELS, label_of
from selcn.report.tables.render import to_csv, to_markdown
from selcn.report.tables.specs import CLASSES, SPECS, ensemble_note
from selcn.storage.artifacts import write_table


def test_lesion_table_sets_ours_beside_the_thesis(tmp_path):
    files = [lesion_file(tmp_path, cell, 0.80 + 0.001 * index) for index, cell in enumerate(CELLS)]
    table = build_table("08b", "thesis", by_model(files[::-1]), THESIS / "table-08b.csv")
    frame = pd.read_csv(io.StringIO(to_csv(table)))
    assert list(frame.columns[:10]) == [
        "part", "model", "cell", "class", "metric", "ours_mean", "ours_sd", "thesis_mean", "thesis_sd", "difference",
    ]  # fmt: skip
    assert len(frame) == 60
    assert frame["model"].tolist() == [number for number in range(1, 13) for _ in range(5)]
    assert set(frame["part"]) == {"test"}
    row = frame.query("model == 4 and metric == 'macro_f1'").squeeze()
    assert (row["cell"], row["ours_mean"], row["ours_sd"]) == ("cls-none_sym-lae", 0.803, 0.01)
    assert (row["thesis_mean"], row["thesis_sd"], row["difference"]) == (0.792, 0.008, 0.011)
    assert (row["images"], row["folds"]) == (2003, 4)
    first = rows_of(to_markdown(table))[1]
    assert first[:4] == ["1", "no mask", "no CAMs", "0.800 ± 0.010 (0.849 ± 0.012, −0.049)"]


def test_validation_table_reads_the_validation_part(tmp_path):
    files = [lesion_file(tmp_path, CELLS[0], 0.8)]
    frame = build_table("08a", "thesis", by_model(files), THESIS / "table-08a.csv").frame
    row = frame.query("cell == @CELLS[0] and metric == 'accuracy'").squeeze()
    assert (row["ours_mean"], row["thesis_mean"], row["images"]) == (0.81, 0.859, 9516)


def test_bold_is_the_highest_as_shown_in_its_group_and_bold_italic_the_highest_of_all(tmp_path):
    means = dict(zip(CELLS, [0.7, 0.8, 0.8001, 0.6, 0.9, 0.1, 0.2, 0.3, 0.4, 0.5, 0.2, 0.1], strict=True))
    files = [lesion_file(tmp_path, cell, mean) for cell, mean in means.items()]
    rows = rows_of(to_markdown(build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv")))[1:]
    marks = [row[3].split(" ")[0] for row in rows]
    assert [mark for mark in marks if "*" in mark] == ["**0.800**", "**0.800**", "***0.900***", "**0.500**"]
    assert [row[0] for row in rows if "*" in row[3]] == ["2", "3", "5", "10"]


def test_symmetry_table(tmp_path):
    files = [
        write(
            tmp_path / "symmetry" / model / "metrics.json",
            {
                "validation": scores(SYMMETRY, 0.5, 3),
                "test": scores(SYMMETRY, 0.6 + 0.1 * index, 3),
                "images": {"test": 5, "validation": 9},
            },
        )
        for index, model in enumerate(MODELS["symmetry"])
    ]
    table = build_table("06b", "leakfree", by_model(files), THESIS / "table-06b.csv")
    markdown = to_markdown(table)
    head, first, *_ = rows_of(markdown)
    assert head[:4] == ["#", "Input", "Pretrained", "Balanced accuracy"]
    assert first[:4] == ["1", "no mask", "no", "0.600 ± 0.010 (0.673 ± 0.025, −0.073)"]
    assert "over 3 folds" in markdown
    assert "Protocol: leakfree." in markdown
    assert "Images: 5." in markdown


def segmentation_file(root: Path, model: str, dice: float) -> Path:
    """Write the metrics of a segmentation model whose test metrics all have one mean."""
    keys = ("dice", "sensitivity", "specificity", "accuracy")
    test = {key: dice for key in keys} | {f"{key}_sd": 0.05 for key in keys} | {"images": 2003}
    return write(root / "segmentation" / model / "metrics.json", {"validation": {}, "test": test})


def test_segmentation_table_has_a_column_a_network(tmp_path):
    dice = {"unet": 0.9, "deeplabv3plus": 0.88823, "linknet": 0.5}
    files = [segmentation_file(tmp_path, *item) for item in dice.items()]
    table = build_table("05", "thesis", by_model(files), THESIS / "table-05.csv")
    rows = rows_of(to_markdown(table))
    assert rows[0] == ["Metric", "DeepLabv3+", "U-Net", "LinkNet"]
    assert [row[0] for row in rows[1:]] == ["Dice", "Sensitivity", "Specificity", "Accuracy"]
    assert rows[1][1:3] == ["0.8882 ± 0.0500 (0.8882, +0.0000)", "**0.9000** ± 0.0500 (0.8807, +0.0193)"]
    assert rows[1][3] == "0.5000 ± 0.0500"


def test_an_ensemble_follows_its_architecture_and_is_not_set_beside_the_thesis(tmp_path):
    models = ("fpn-ensemble", "unet-ensemble", "unet", "fpn", "deeplabv3plus")
    files = [segmentation_file(tmp_path, model, 0.9 - 0.1 * k) for k, model in enumerate(models)]
    table = build_table("05", "thesis", by_model(files), THESIS / "table-05.csv")
    head, dice, *_ = rows_of(to_markdown(table))
    assert head[1:] == ["DeepLabv3+", "U-Net", "U-Net, ensemble", "FPN", "FPN, ensemble"]
    assert dice[2:] == [
        "0.7000 ± 0.0500 (0.8807, −0.1807)",
        "0.8000 ± 0.0500",
        "0.6000 ± 0.0500",
        "**0.9000** ± 0.0500",
    ]
    assert table.frame.query("cell == 'unet-ensemble'")["thesis_mean"].isna().all()


def test_table_5_says_what_an_ensemble_is():
    both, flips, folds = ensemble_note(4, True), ensemble_note(1, True), ensemble_note(2, False)
    assert "folds 0 to 3" in both
    assert "flip" in both
    assert "fold 0's network and over an image" in flips
    assert "folds 0 to 1, is above" in folds


def test_localisation_table_keeps_what_the_thesis_has_not_and_undefined_overlaps(tmp_path):
    values = {"none": localisation(), "seg": localisation(0.249), "lae": localisation(0.2, overlap_mean=None)}
    files = [write(tmp_path / "symmetry" / model / "localisation.json", value) for model, value in values.items()]
    table = build_table("07", "thesis", by_model(files), THESIS / "table-07.csv")
    frame = table.frame.set_index(["cell", "metric"])
    assert np.isnan(frame.loc[("lae", "overlap"), "difference"])
    assert np.isnan(frame.loc[("none", "empty_cams"), "thesis_mean"])
    head, *rows = rows_of(to_markdown(table))
    seg = dict(zip(head, rows[1], strict=True))
    assert seg["IoU"] == "0.249 ± 0.100 (0.249 ± 0.148, +0.000)"
    assert seg["Pointing game"] == "0.800 (0.812, −0.012)"
    assert (seg["Pointing game, undilated"], seg["Empty CAMs"], seg["Empty masks"]) == ("0.700", "4", "3")
    assert dict(zip(head, rows[2], strict=True))["Overlap"] == "– (0.564 ± 0.367, –)"


@pytest.mark.parametrize("number", ["11", "12"])
def test_classwise_tables_stand_beside_the_right_model(tmp_path, number):
    cell, nevi, precision = {"11": ("cls-none_sym-off", 1341, 0.9425), "12": ("cls-none_sym-seg", 1337, 0.94)}[number]
    one = {"precision": folds(0.9), "recall": folds(0.8), "f1": folds(0.7), "support": 1341}
    one |= {"auc": folds(0.95), "average_precision": folds(0.6)}
    file = lesion_file(tmp_path, cell, 0.8, classes={"test": {label: one for label in sorted(CLASSES)}})
    table = build_table(number, "thesis", by_model([file]), THESIS / f"table-{number}.csv")
    frame = table.frame
    assert tuple(dict.fromkeys(frame["class"])) == CLASSES
    nevus = frame[frame["class"] == "nv"].set_index("metric")
    assert nevus.loc["precision", "thesis_mean"] == precision
    assert nevus.loc["precision", "difference"] == pytest.approx(0.9 - precision)
    assert nevus.loc["support", "difference"] == 1341 - nevi
    markdown = to_markdown(table)
    assert "printed tables 11 and 12 under each other's captions" in markdown
    assert rows_of(markdown)[1][0] == "Nevus"
    head, nevi, *_ = rows_of(markdown)
    assert dict(zip(head, nevi, strict=True))["AUC"].startswith("0.9500 ±")
    assert "over 4 networks, one for each fold and seed" in markdown


def test_classwise_table_refuses_another_model(tmp_path):
    file = lesion_file(tmp_path, "cls-none_sym-seg", 0.8)
    with pytest.raises(ValueError, match=r"cls-none_sym-seg/metrics\.json.*table 11 is of model 1"):
        build_table("11", "thesis", by_model([file]), THESIS / "table-11.csv")


def test_subsets_of_isic2019_are_parts_of_their_own(tmp_path):
    images = {"isic2019": 24703, "isic2019_trained": 5000, "isic2019_untrained": 4818, "isic2019_outside": 14885}
    more = {name: scores(LESION, 0.6 - 0.1 * place) for place, name in enumerate(images)}
    files = [lesion_file(tmp_path, CELLS[0], 0.8, **more, images=images)]
    table = build_table("10", "thesis", by_model(files), THESIS / "table-10.csv")
    assert list(dict.fromkeys(table.frame["part"])) == list(images)
    outside = table.frame.query("part == 'isic2019_outside'")
    assert outside["ours_mean"].unique() == pytest.approx([0.3])
    assert outside["thesis_mean"].isna().all()
    assert len(table.frame.query("part == 'isic2019'")) == 60
    _, tail = to_markdown(table).split("## ISIC2019: images outside HAM10000")
    assert "Images: 14,885." in tail
    assert rows_of(tail)[1][3] == "0.300 ± 0.010"
    assert "so this subset is absent" in tail


def test_further_metrics_mark_the_highest_where_higher_is_better(tmp_path):
    keys = tuple(metric.key for metric in FURTHER_METRICS)
    files = [
        lesion_file(tmp_path, cell, 0.8, validation=scores(keys, mean), test=scores(keys, mean))
        for cell, mean in ((CELLS[0], 0.25), ("cls-none_sym-zeros", 0.75))
    ]
    table = build_table("measures", "leakfree", by_model(files), None)
    markdown = to_markdown(table)
    assert markdown.startswith("# Further metrics of lesion classification\n")
    head, _, sham = rows_of(markdown.split("## Test set")[1])
    assert sham[:4] == ["–", "no mask", "sham control: zeros", "**0.750** ± 0.010"]
    assert dict(zip(head, sham, strict=True))["ECE"] == "0.750 ± 0.010"
    assert table.frame["thesis_mean"].isna().all()


def test_out_of_distribution_classes_are_parts_where_an_evaluation_has_them(tmp_path):
    auroc = {"max_softmax": folds(0.7), "energy": folds(0.8), "familiar": 90, "unfamiliar": 10}
    files = [lesion_file(tmp_path, CELLS[0], 0.8, unfamiliar={"official_unk": auroc})]
    markdown = to_markdown(build_table("unfamiliar", "thesis", by_model(files), None))
    assert "## UNK of the official test set" in markdown
    assert "Images: 100." in markdown
    assert "over 4 networks, one for each fold and seed" in markdown
    assert rows_of(markdown)[1] == ["1", "no mask", "no CAMs", "0.700 ± 0.010", "0.800 ± 0.010", "10", "90"]
    assert "197 of HAM10000's 327 akiec images" in markdown


def test_a_study_without_unfamiliar_images_says_so(tmp_path):
    table = build_table("unfamiliar", "thesis", by_model([lesion_file(tmp_path, CELLS[0], 0.8, unfamiliar={})]), None)
    assert table.frame.empty
    assert "- No values: no evaluation has such images." in to_markdown(table)


def test_images_that_an_evaluation_has_not_make_no_part(tmp_path):
    markdown = to_markdown(
        build_table("14", "thesis", by_model([lesion_file(tmp_path, CELLS[0], 0.8)]), THESIS / "table-14.csv")
    )
    assert "## " not in markdown
    assert len(rows_of(markdown)) == 13


def test_a_difference_that_rounds_to_nothing_has_no_minus(tmp_path):
    files = [lesion_file(tmp_path, CELLS[0], 0.8488)]
    rows = rows_of(to_markdown(build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv")))
    assert rows[1][3] == "0.849 ± 0.010 (0.849 ± 0.012, +0.000)"


def test_sham_cells_follow_their_group_without_number_or_thesis(tmp_path):
    cells = ("cls-none_sym-zeros", "cls-seg_sym-off", "cls-none_sym-lae")
    files = [lesion_file(tmp_path, cell, 0.8) for cell in cells]
    frame = build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv").frame
    order = list(dict.fromkeys(frame["cell"]))
    assert order.index("cls-none_sym-zeros") == 4
    assert frame.query("cell == 'cls-none_sym-zeros'")[["model", "thesis_mean"]].isna().all(axis=None)
    assert label_of("lesion", "cls-none_sym-zeros") == ("–", "no mask", "sham control: zeros")


def test_models_without_values_of_ours_are_named(tmp_path):
    files = [lesion_file(tmp_path, cell, 0.8) for cell in CELLS[:-2]]
    markdown = to_markdown(build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv"))
    assert "- No values of ours: cls-lae_sym-seg, cls-lae_sym-lae." in markdown
    assert rows_of(markdown)[12][3] == "– (0.819 ± 0.004, –)"


def test_demo_and_remarks_are_stated(tmp_path):
    files = [lesion_file(tmp_path, CELLS[0], 0.8)]
    plain = to_markdown(build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv"))
    demo = to_markdown(
        build_table("08b", "thesis", by_model(files), THESIS / "table-08b.csv", remarks=["Mind."], demo=True)
    )
    assert "synthetic images" not in plain
    assert demo.splitlines()[2].startswith("> **Demo data.**")
    assert demo.endswith("- Mind.\n")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("05", "means over images"),
        ("06a", "0.392"),
        ("08a", "those of models 5-8"),
        ("09", "same IoU and pointing game for models 4 and 6"),
        ("10", "14,885"),
        ("13", "42.6 %"),
        ("14", "42.6 %"),
    ],
)
def test_discrepancies_of_the_print_are_told(number, said):
    assert any(said in note for note in SPECS[number].notes)


def test_script_writes_the_files(tmp_path):
    out = tmp_path / "tables" / "table-08b.csv"
    inputs = {"metrics_08b": [lesion_file(tmp_path, CELLS[0], 0.8)], "thesis_08b": THESIS / "table-08b.csv"}
    manifest = tmp_path / "manifest.parquet"
    write_table(pd.DataFrame({"lesion_found": [False], "x0": 0, "x1": 8}), manifest)
    inputs |= {"summaries_08b": [], "masks_08b": [manifest]}
    outputs = {kind: [out.with_suffix(f".{kind}")] for kind in ("csv", "md", "html")}
    params = {"tables": ["08b"], "models": {"08b": [CELLS[0]]}, "datasets": {"08b": []}, "demo": True, "remarks": []}
    params["masked"] = {"08b": ["ham10000"]}
    run_script("write_tables", tmp_path, inputs, outputs, params, {"protocol": "thesis"})
    assert len(pd.read_csv(out)) == 60
    text = out.with_suffix(".md").read_text(encoding="utf-8")
    assert text.startswith("# Table 8b: ")
    assert "<title>Table 8b: " in out.with_suffix(".html").read_text(encoding="utf-8")
    assert "- No lesion was found in 1 of 1 images of HAM10000;" in text


def test_oracle_controls_come_last_in_their_group_and_are_never_marked(tmp_path):
    means = {"cls-none_sym-oracle": 0.99, "cls-none_sym-off": 0.5, "cls-none_sym-zeros": 0.6, "cls-seg_sym-off": 0.7}
    means |= {"cls-none_sym-oracle10": 0.9, "cls-seg_sym-lae": 0.4}
    files = [lesion_file(tmp_path, cell, mean) for cell, mean in means.items()]
    markdown = to_markdown(build_table("08b", "leakfree", by_model(files), None))
    rows = rows_of(markdown)[1:]
    assert [row[2] for row in rows][:4] == [
        "no CAMs", "sham control: zeros", "oracle control: oracle", "oracle control: oracle10",
    ]  # fmt: skip
    assert [row[3].split(" ")[0] for row in rows] == ["0.500", "**0.600**", "0.990", "0.900", "***0.700***", "0.400"]
    assert "Oracle controls are given the label and never marked." in markdown
