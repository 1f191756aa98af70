"""Input functions, asked without Snakemake."""

import re

import pytest
import yaml

from selcn.data.splits.by_image import SplitSettings
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.inputs.tables import masked_datasets, metrics_files, table_datasets, table_files, table_models
from selcn.workflow.inputs.trained import (
    backbone_networks,
    file_of,
    files_of,
    segmentation_networks,
    symmetry_networks,
)
from selcn.workflow.study import Study
from studies import PROJECT


class Wildcards:
    """A job's wildcards, as Snakemake gives them."""

    def __init__(self, **values: str) -> None:
        self.__dict__.update(values)

    def items(self):
        return self.__dict__.items()


@pytest.fixture
def config() -> dict:
    config = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"demo": None}
    config["data"]["ham10000"] |= {"shards": 4, "gpu_shards": 2}
    config["lesion"] |= {"folds": 2, "seeds": [1, 2], "freeze_encoder": False}
    return config


@pytest.fixture
def networks(config) -> NetworkInputs:
    return NetworkInputs(ImageInputs(Study.from_config(config), PROJECT))


@pytest.fixture
def images(networks) -> ImageInputs:
    return networks.images


def test_a_gpu_shard_reads_the_packed_shards_that_hold_its_images(images):
    files = images.packed_shards(Wildcards(dataset="ham10000", shard="1"))
    assert files["images"] == [f"results/packed/ham10000/shard-{shard}/images.npy" for shard in (1, 3)]


def test_a_shard_that_is_not_there_is_named_with_the_last_one(images):
    with pytest.raises(ValueError, match=r"ham10000 has no shard 2: data\.ham10000\.gpu_shards is 2.*is shard 1$"):
        images.gpu_shard(Wildcards(dataset="ham10000", shard="2"))


@pytest.mark.parametrize(("mask", "names"), [("none", set()), ("lae", {"mask_rows"}), ("seg", {"mask_rows", "masks"})])
def test_masks_are_laid_over_masked_input_alone(images, mask, names):
    assert set(images.masks_for(mask, "ham10000")) == names
    masked = images.shard_masks(Wildcards(protocol="thesis", dataset="ham10000", shard="0", cam_model=mask))
    assert set(masked) == names
    for path in masked.values():
        assert path.startswith("results/thesis/masks/ham10000/shard-0/")


def test_out_of_fold_networks_are_chosen_in_the_leakfree_protocol_alone(images):
    assert images.lesions(Wildcards(protocol="leakfree")) == "results/leakfree/lesions.parquet"
    assert images.lesions(Wildcards(protocol="thesis")) == []


def test_a_cell_is_given_its_mask_and_its_cams_and_no_others(networks):
    job = {"protocol": "leakfree", "lesion_dataset": "ham10000"}
    given = networks.training_images(Wildcards(**job, cell="cls-seg_sym-lae"))
    assert given["cams"] == "results/leakfree/cams/ham10000/lae/cams.parquet"
    assert given["masks"][0] == "results/leakfree/masks/ham10000/shard-0/masks.npy"
    plain = networks.training_images(Wildcards(**job, cell="cls-none_sym-off"))
    assert set(plain) == {"images", "rows"}


def test_a_further_test_set_is_named_apart(networks):
    given = networks.test_set_images(Wildcards(protocol="thesis", lesion_dataset="ham10000", cell="cls-none_sym-off"))
    assert set(given) == {"testset_images", "testset_rows", "testset_splits"}
    assert given["testset_splits"] == "results/thesis/splits/isic2019.parquet"


def test_a_frozen_encoder_s_cells_are_given_features(config):
    config["lesion"]["freeze_encoder"] = True
    networks = NetworkInputs(ImageInputs(Study.from_config(config), PROJECT))
    given = networks.training_images(Wildcards(protocol="thesis", lesion_dataset="ham10000", cell="cls-lae_sym-off"))
    assert set(given) == {"rows", "features", "features_rows"}
    assert networks.lesion_weights == []


def test_the_sham_control_of_a_network_is_trained_with_the_settings_of_the_unmasked_model(networks):
    sham = networks.symmetry_settings(Wildcards(protocol="thesis", model="malignancy"))
    assert sham == networks.symmetry_settings(Wildcards(protocol="thesis", model="none"))


def searching(config, **search) -> NetworkInputs:
    """Return the input functions of a study with some keys of the search changed."""
    changed = config | {"search": config["search"] | {"trials": 1, "scope": "network"} | search}
    return NetworkInputs(ImageInputs(Study.from_config(changed), PROJECT))


@pytest.mark.parametrize(("protocol", "best"), [("leakfree", "leakfree"), ("each", "thesis")])
def test_settings_come_from_the_protocol_that_searches(config, protocol, best):
    networks = searching(config, protocol=protocol, networks=["symmetry"])
    found = f"results/{best}/search/symmetry/none/best.yaml"
    assert networks.search_best(Wildcards(protocol="thesis", settings="symmetry")) == found
    assert networks.search_best(Wildcards(protocol="thesis", settings="lesion")) == []


@pytest.mark.parametrize(
    ("search", "settings"),
    [
        ({"networks": ["lesion"]}, "lesion"),
        ({"networks": ["lesion", "isic2016"]}, "isic2016"),
        ({"networks": ["lesion"], "scope": "cell"}, "lesion/cls-lae_sym-off"),
        ({"networks": ["isic2016"], "scope": "cell"}, "isic2016/cls-lae_sym-off"),
        ({"networks": ["lesion", "isic2016"], "trials": 0}, "lesion"),
    ],
)
def test_isic2016_s_cells_use_the_values_of_their_own_search_or_the_lesion_network_s(config, search, settings):
    networks, cell = searching(config, **search), {"protocol": "thesis", "cell": "cls-lae_sym-off"}
    used = networks.lesion_settings(Wildcards(**cell, lesion_dataset="isic2016"))
    assert used == f"results/thesis/settings/{settings}.yaml"
    assert settings in networks.study.search.settings
    assert "isic2016" not in networks.lesion_settings(Wildcards(**cell, lesion_dataset="ham10000"))


def test_a_sham_control_without_a_search_of_its_own_uses_the_first_model_s_values(config):
    networks = searching(config, networks=["symmetry", "isic2016"], scope="cell")
    malignancy = networks.symmetry_settings(Wildcards(protocol="thesis", model="malignancy"))
    assert malignancy == "results/thesis/settings/symmetry/none.yaml"
    sham = Wildcards(protocol="thesis", lesion_dataset="isic2016", cell="cls-none_sym-zeros")
    assert networks.lesion_settings(sham) == "results/thesis/settings/isic2016/cls-none_sym-off.yaml"


@pytest.mark.parametrize(
    ("search", "score"),
    [
        ("segmentation/unet", "Validation Dice"),
        ("symmetry/none", "Validation balanced accuracy"),
        ("isic2016/cls-none_sym-off", "Validation balanced accuracy"),
    ],
)
def test_a_search_s_figure_names_its_score(search, score):
    assert ResultInputs.searched_score(Wildcards(search=search)) == score


def test_a_search_of_isic2016_trains_on_its_images(config):
    cell = Wildcards(protocol="leakfree", cell="cls-none_sym-lae")
    given = searching(config).searched_images("isic2016")(cell)
    assert given["rows"] == "results/packed/isic2016/manifest.parquet"
    assert given["cams"] == "results/leakfree/cams/isic2016/lae/cams.parquet"


@pytest.mark.parametrize(
    ("protocols", "search", "notes"),
    [
        (["thesis", "leakfree"], {"protocol": "each"}, {"thesis": ["Each protocol"], "leakfree": ["Each protocol"]}),
        (["thesis", "leakfree"], {}, {"thesis": ["searched in the leakfree protocol"], "leakfree": []}),
        (["thesis", "leakfree"], {"trials": 0, "protocol": "each"}, {"thesis": [], "leakfree": []}),
        (["thesis"], {"protocol": "each"}, {"thesis": []}),
    ],
)
def test_tables_of_both_protocols_say_whose_search_they_rest_on(config, protocols, search, notes):
    config |= {"protocols": protocols, "remarks": ["A trial."]}
    config["segmentation"]["ensemble"] = {"folds": 2, "flips": False}
    results = ResultInputs(searching(config, **search))
    for protocol, expected in notes.items():
        first, *found = results.remarks("lesion")(Wildcards(protocol=protocol))
        assert first == "A trial."
        assert [part in note for part, note in zip(expected, found, strict=True)] == [True] * len(expected)
        of_masks = results.remarks("segmentation")(Wildcards(protocol=protocol))
        assert of_masks[0] == first
        assert "ensemble" in of_masks[-1]


@pytest.mark.parametrize(
    ("backbone", "weights", "noted"),
    [
        ("squeezenet1_0", {"squeezenet1_0": "random"}, True),
        ("squeezenet1_0", {"resnet34": "random"}, False),
        ("auto", {"squeezenet1_0": "random"}, False),
        ("auto", dict.fromkeys(("resnet34", "efficientnet_b0", "shufflenet_v2_x1_0", "squeezenet1_0"), "random"), True),
    ],
)
def test_symmetry_tables_say_where_no_model_was_pre_trained(config, backbone, weights, noted):
    config["symmetry"]["backbone"], config["weights"] = backbone, config["weights"] | weights
    results = ResultInputs(searching(config, trials=0))
    found = {stage: results.remarks(stage)(Wildcards(protocol="thesis")) for stage in results.study.tables}
    assert [note.startswith("No model was pre-trained") for note in found.pop("symmetry")] == [True] * noted
    assert not any(found.values())


def test_only_tables_that_rest_on_a_search_say_so(config):
    config |= {"protocols": ["thesis", "leakfree"]}
    results = ResultInputs(searching(config, networks=["symmetry"]))
    found = {stage: results.remarks(stage)(Wildcards(protocol="thesis")) for stage in results.study.tables}
    assert {stage: len(notes) for stage, notes in found.items()} == {
        "segmentation": 0,
        "symmetry": 1,
        "lesion": 1,
        "isic2016": 1,
    }


def test_the_audit_is_given_the_images_of_the_searches_that_a_protocol_uses(config):
    results = ResultInputs(searching(config, networks=["lesion", "segmentation", "symmetry"]))
    assert results.study.search.datasets == ["ham10000", "symderm"]
    for protocol in ("thesis", "leakfree"):
        assert results.search_splits(Wildcards(protocol=protocol)) == [
            "results/leakfree/splits/ham10000.parquet",
            "results/leakfree/splits/symderm.parquet",
        ]
    alone = ResultInputs(searching(config, networks=["isic2016"], protocol="each"))
    assert alone.search_splits(Wildcards(protocol="thesis")) == ["results/thesis/splits/isic2016.parquet"]
    assert ResultInputs(searching(config, trials=0)).search_splits(Wildcards(protocol="thesis")) == []


def test_every_fold_and_seed_of_a_cell_is_evaluated_in_the_order_of_its_training_ids(networks):
    results, job = ResultInputs(networks), {"protocol": "thesis", "lesion_dataset": "ham10000"}
    cell = Wildcards(**job, cell="cls-none_sym-off")
    files = results.predictions_of_cell(cell) | {"ids": results.external_subsets(cell)["training_ids"]}
    folders = [f"results/thesis/lesion/ham10000/cls-none_sym-off/seed-{s}/fold-{f}" for s in (1, 2) for f in (0, 1)]
    for name in ("validation", "test", "isic2019"):
        assert files[name] == [f"{folder}/predictions/{name}.parquet" for folder in folders]
    assert files["ids"] == [f"{folder}/training_ids.parquet" for folder in folders]


def test_a_file_beside_a_network_lies_in_its_stage_s_folder(networks):
    assert files_of(symmetry_networks(networks.study, ["none"]), "best.pt") == [
        f"results/{{protocol}}/symmetry/none/fold-{fold}/best.pt" for fold in networks.study.folds["symmetry"]
    ]
    assert file_of(segmentation_networks(networks.study, "thesis")[0], "counts.parquet") == (
        f"results/{{protocol}}/segmentation/{networks.study.architectures[0]}/fold-0/counts.parquet"
    )
    backbone = backbone_networks(networks.study)[0]
    assert file_of(backbone, "a") == f"results/{{protocol}}/backbones/{backbone.model}/fold-0/a"


def test_the_audit_is_told_what_each_file_is_of(networks):
    results, job = ResultInputs(networks), Wildcards(protocol="leakfree")
    assert (
        len(results.training_ids(job)) == len(results.trained_networks(job)) == len(set(results.trained_networks(job)))
    )
    for (network, subset), path in zip(results.predicted_subsets(), results.all_predictions(), strict=True):
        assert f"/{network.model}/" in path
        assert path.endswith(f"/fold-{network.fold}/predictions/{subset}.parquet")
    for network, path in zip(results.networks_of_lesion_cams(), results.lesion_cams(), strict=True):
        assert path == f"results/{{protocol}}/lesion/{network.dataset}/{network.model}/cams.parquet"
        assert (network.seed, network.fold) == (1, 0)


def test_a_table_s_files_are_of_the_models_that_it_shows(networks):
    results = ResultInputs(networks)
    metrics = metrics_files(results.study)
    assert list(metrics["13"]) == table_models(results.study, ["13"])["13"] == results.study.cells[:12]
    assert metrics["06b"]["scratch-none"] == "results/{protocol}/symmetry/scratch-none/metrics.json"
    files = table_files(results, ["10"])
    assert table_datasets(results.study, ["10"])["10"][-1] == "isic2019"
    assert files["summaries_10"][-1] == "results/data/isic2019/summary.json"
    assert set(files) == {"metrics_10", "summaries_10", "masks_10", "thesis_10"}
    assert files["masks_10"] == [
        f"results/{{protocol}}/masks/{dataset}/manifest.parquet" for dataset in ("ham10000", "symderm", "isic2019")
    ]


def test_a_table_rests_on_masks_where_a_model_s_name_has_one(networks):
    study = ResultInputs(networks).study
    metrics = metrics_files(study)
    for table, datasets in masked_datasets(study, list(metrics)).items():
        assert bool(datasets) == any({"seg", "lae"} & set(re.split("[-_]", model)) for model in metrics[table]), table


@pytest.mark.parametrize(
    ("cell", "model"),
    [
        ("cls-seg_sym-off", ""),
        ("cls-none_sym-lae", "lae"),
        ("cls-none_sym-shuffled", "none"),
        ("cls-none_sym-malignancy", "malignancy"),
        ("cls-none_sym-zeros", ""),
        ("cls-none_sym-mask", ""),
    ],
)
def test_a_cell_s_evaluation_asks_whether_the_model_of_its_cams_failed(networks, cell, model):
    results, job = ResultInputs(networks), Wildcards(protocol="thesis", lesion_dataset="ham10000", cell=cell)
    assert results.source_of_cell(job) == model
    assert results.metrics_of_source(job) == (f"results/thesis/symmetry/{model}/metrics.json" if model else [])
    for network, path in zip(results.networks_of_cell(job), results.predictions_of_cell(job)["test"], strict=True):
        assert f"/seed-{network.seed}/fold-{network.fold}/" in path


def test_every_table_of_a_study_has_files(networks):
    results = ResultInputs(networks)
    for tables in results.study.tables.values():
        assert all(table_files(results, [table])[f"metrics_{table}"] for table in tables)


def test_lesion_cams_are_drawn_of_ham10000_s_images_alone(networks):
    results = ResultInputs(networks)
    drawn = results.inspected_images(Wildcards(protocol="thesis", dataset="ham10000", image_id="a"))
    assert len(drawn["lesion_cams"]) == len(results.inspected_cells(Wildcards(dataset="ham10000"))) == 12
    other = results.inspected_images(Wildcards(protocol="thesis", dataset="isic2016", image_id="a"))
    assert other["lesion_cams"] == results.inspected_cells(Wildcards(dataset="isic2016")) == []


@pytest.mark.parametrize("network", ["segmentation", "backbones", "symmetry", "lesion"])
def test_how_a_gpu_computes_is_among_every_network_s_settings_and_those_of_its_search(config, networks, network):
    config["gpu"] |= {"without_bfloat16": "float16", "deterministic": True}
    written = networks.settings_to_write(Wildcards(settings=network))["training"]
    assert (written["without_bfloat16"], written["deterministic"]) == ("float16", True)
    if network != "backbones":
        assert networks.search_params(network)["settings"]["network"]["training"] == written


def test_event_files_lie_in_folders_like_those_of_the_histories(networks):
    results, wildcards = ResultInputs(networks), Wildcards(protocol="thesis")
    folders = results.trained_folders(wildcards)
    some = {"segmentation/unet/fold-0", "symmetry/none/fold-2", "lesion/isic2016/cls-none_sym-off/seed-1/fold-1"}
    assert some <= set(folders)
    assert results.histories(wildcards) == [f"results/thesis/{folder}/history.csv" for folder in folders]


def test_the_settings_of_a_split_by_image_are_those_of_its_script(images):
    for dataset in images.study.datasets:
        settings = SplitSettings(**images.split_settings(Wildcards(dataset=dataset)))
        assert (settings.folds > 0) == (dataset != "isic2019")
