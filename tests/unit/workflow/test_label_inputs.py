"""Input functions of the label audit: whose predictions it rests on, and which features there are."""

import yaml

from selcn.design.cells import CELLS
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.labels import LabelInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.study import Study
from studies import PROJECT


def inputs_of(**lesion) -> LabelInputs:
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    config["lesion"] |= {"folds": 2, "seeds": [1, 2], "sham": True} | lesion
    return LabelInputs(ResultInputs(NetworkInputs(ImageInputs(Study.from_config(config), PROJECT))))


def test_no_sham_control_backbone_or_untrained_model_says_anything_of_a_label():
    models = {(network.stage, network.model) for _, network, _ in inputs_of().predicted()}
    assert models == {("lesion", cell) for cell in CELLS} | {("symmetry", mask) for mask in ("none", "seg", "lae")}


def test_every_file_stands_beside_what_it_is_of():
    inputs = inputs_of()
    files, predicted = inputs.files(), inputs.predicted()
    # HAM10000: 12 cells, 2 seeds, 2 folds, three files; ISIC2016: one seed; SymDerm: 3 models, 3 folds, two files.
    assert len(predicted) == 12 * 2 * 2 * 3 + 12 * 2 * 3 + 3 * 3 * 2
    for (dataset, network, subset), path, trained in zip(
        predicted, files["predictions"], files["trained"], strict=True
    ):
        assert path.endswith(f"fold-{network.fold}/predictions/{subset}.parquet")
        assert trained == path.replace(f"predictions/{subset}", "training_ids")
        assert f"/{network.model}/" in path
        assert dataset == {"isic2019": "isic2019"}.get(subset, network.dataset)
    metrics = dict(zip(inputs.evaluated(), files["metrics"], strict=True))
    assert metrics["symderm", "lae"] == "results/{protocol}/symmetry/lae/metrics.json"
    assert metrics["isic2016", CELLS[0]] == f"results/{{protocol}}/lesion/isic2016/{CELLS[0]}/metrics.json"
    assert len(metrics) == 12 + 12 + 3


def test_features_are_read_where_the_encoder_is_frozen():
    assert inputs_of().files()["features"] == []
    frozen = inputs_of(freeze_encoder=True)
    assert frozen.encoded() == ["ham10000", "isic2019", "isic2016"]
    assert frozen.files()["features"][1] == "results/{protocol}/features/isic2019/none/features.npy"
    assert len(frozen.files()["features_rows"]) == 3
