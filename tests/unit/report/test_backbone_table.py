"""The table of backbones, which stands without values of the thesis."""

from pathlib import Path

import pandas as pd
import pytest

from jobs import run_script
from score_files import SYMMETRY, by_model, rows_of, scores, write
from selcn.report.tables.backbones import notes_on_backbones
from selcn.report.tables.build import build_table
from selcn.report.tables.render import to_markdown


def backbone_files(root: Path, *names: str) -> list[Path]:
    """Write the metrics of backbones, each better than the one before."""
    return [
        write(
            root / "backbones" / name / "metrics.json",
            {
                "validation": scores(SYMMETRY, 0.5 + 0.1 * index, 3),
                "test": scores(SYMMETRY, 0.4 + 0.1 * index, 3),
                "images": {"validation": 9, "test": 5},
            },
        )
        for index, name in enumerate(names)
    ]


def test_the_table_of_backbones_does_without_values_of_the_thesis(tmp_path):
    files = backbone_files(tmp_path, "mobilenetv2_100", "squeezenet1_0", "resnet34")
    table = build_table("backbones", "thesis", by_model(files), None)
    assert table.frame[["thesis_mean", "thesis_sd", "difference", "model"]].isna().all(axis=None)
    assert len(table.frame) == 2 * 3 * 5
    markdown = to_markdown(table)
    assert markdown.startswith("# Backbones of the symmetry network\n")
    assert "over 3 folds (the thesis prints none)." in markdown
    assert "SqueezeNet gave the best performance" in markdown
    validation, test = markdown.split("## Test set")
    assert rows_of(validation)[0][:2] == ["Backbone", "Balanced accuracy"]
    assert [row[:2] for row in rows_of(validation)[1:]] == [
        ["ResNet34", "**0.700** ± 0.010"],
        ["SqueezeNet", "0.600 ± 0.010"],
        ["mobilenetv2_100", "0.500 ± 0.010"],
    ]
    assert rows_of(test)[1][1] == "**0.600** ± 0.010"


def test_random_starts_and_the_choice_of_a_backbone_are_told():
    (one,) = notes_on_backbones(["resnet34"], None)
    assert one.startswith("ResNet34 started from random weights")
    several, chosen = notes_on_backbones(["resnet34", "efficientnet_b0", "shufflenet_v2_x1_0"], "squeezenet1_0")
    assert several.startswith("ResNet34, EfficientNet-B0 and ShuffleNetV2 started from random weights")
    assert chosen.startswith("The symmetry models use SqueezeNet")
    assert notes_on_backbones([], None) == []


@pytest.mark.parametrize("chosen", [None, "squeezenet1_0"])
def test_script_writes_the_table_of_backbones(tmp_path, chosen):
    out = tmp_path / "tables" / "table-backbones.csv"
    inputs = {
        "metrics": backbone_files(tmp_path, "resnet34", "squeezenet1_0"),
        "summaries": [],
        "selected": write(tmp_path / "selected.json", {"backbone": chosen}) if chosen else [],
    }
    outputs = {kind: out.with_suffix(f".{kind}") for kind in ("csv", "md", "html")}
    params = {"demo": False, "remarks": ["Mind."], "random": ["resnet34"], "datasets": []}
    params |= {"backbones": ["resnet34", "squeezenet1_0"]}
    run_script("write_backbone_table", tmp_path, inputs, outputs, params, {"protocol": "thesis"})
    assert len(pd.read_csv(out)) == 20
    markdown = out.with_suffix(".md").read_text(encoding="utf-8")
    assert "- ResNet34 started from random weights" in markdown
    assert ("The symmetry models use SqueezeNet" in markdown) == bool(chosen)
    assert markdown.endswith("- Mind.\n")
