"""The lists of a study, by the configurations that ship."""

import re

import jsonschema
import pytest
import yaml

from selcn.design.cells import CELLS
from selcn.workflow.configuration import oracle_refusal
from selcn.workflow.inputs.images import ImageInputs
from selcn.workflow.inputs.networks import NetworkInputs
from selcn.workflow.named_targets import targets_of
from selcn.workflow.seeds import seeds_refusal
from selcn.workflow.study import Study
from studies import PROJECT

CONFIG = yaml.safe_load((PROJECT / "config.yaml").read_text())


def study_with(**sections) -> Study:
    """Return the default study with some values of some sections changed."""
    config = CONFIG | {"demo": None}
    for name, values in sections.items():
        config[name] = config[name] | values if isinstance(values, dict) else values
    return Study.from_config(config)


def test_the_default_study_has_the_thesis_s_cells_and_the_sham_controls_of_the_unmasked_ones():
    study = study_with(lesion={"sham": ["none"]})
    assert study.cells[:12] == list(CELLS)
    assert study.cells[12:] == [f"cls-none_sym-{s}" for s in ("zeros", "shuffled", "gaussian", "mask", "malignancy")]
    assert list(study.cells_of["isic2016"]) == list(CELLS)


def test_a_study_of_named_cells_trains_and_shows_these_alone():
    cells = ["cls-none_sym-off", "cls-none_sym-none", "cls-seg_sym-off", "cls-none_sym-zeros"]
    study = study_with(lesion={"cells": cells})
    assert study.cells == study.wildcards["cell"] == cells
    assert study.cells_of["isic2016"] == cells[:3]
    assert study.cells_by_mask == {"none": cells[:2], "seg": cells[2:3]}
    assert "12" not in study.tables["lesion"]  # of model 3 alone
    assert "11" in study.tables["lesion"]
    targets = targets_of(study)
    assert {path.split("/")[4] for path in targets["lesion"] if "metrics" in path} == set(cells)
    figures = [path for path in targets["figures"] if path.startswith("results/thesis/figures/")]
    curves = [path for path in figures if path.endswith(("-11.png", "-12.png", "-13.png"))]
    assert len(curves) == 2
    assert len([path for path in figures if "reliability" in path]) == 2


def test_which_cells_a_study_has_is_no_setting_of_their_networks():
    settings = [
        NetworkInputs(ImageInputs(study_with(lesion={"cells": cells}), PROJECT)).network_settings("lesion")
        for cells in (None, ["cls-none_sym-off"])
    ]
    assert settings[0] == settings[1]


def test_without_sham_controls_there_is_nothing_of_them():
    study = study_with(lesion={"sham": False})
    assert study.sham_models == []
    assert study.cam_sources == ["none", "seg", "lae"]
    assert len(study.cams) == 12
    assert not [target for targets in targets_of(study).values() for target in targets if "sham" in target]


def test_seeds_are_those_of_a_cell_s_mask_and_on_isic2016_the_first():
    study = study_with(lesion={"seeds": {"none": [1, 2], "seg": [3], "lae": [4]}})
    assert study.seeds_of("ham10000", "cls-none_sym-lae") == [1, 2]
    assert study.seeds_of("isic2016", "cls-none_sym-lae") == [1]
    assert study.seeds_of("ham10000", "cls-lae_sym-off") == [4]
    assert study.wildcards["seed"] == ["1", "2", "3", "4"]


def test_a_search_a_network_has_one_settings_file_and_a_search_a_cell_one_each():
    network = study_with(search={"trials": 1, "scope": "network", "networks": ["lesion"]})
    assert network.search.names == ["lesion/cls-none_sym-off"]
    assert network.search.settings == ["backbones", "segmentation", "symmetry", "lesion"]
    cell = study_with(search={"trials": 1, "scope": "cell", "networks": ["symmetry"]})
    assert cell.search.names == [f"symmetry/{model}" for model in ("scratch-none", "none", "seg", "lae")]
    assert cell.search.settings == ["backbones", "segmentation", "lesion", *cell.search.names]
    assert study_with(search={"trials": 0}).search.names == []


def test_isic2016_has_settings_of_its_own_only_where_it_is_searched():
    network = study_with(search={"trials": 1, "scope": "network", "networks": ["isic2016"]})
    assert network.search.names == ["isic2016/cls-none_sym-off"]
    assert network.search.settings == ["backbones", "segmentation", "symmetry", "lesion", "isic2016"]
    assert network.search.datasets == ["isic2016"]
    cell = study_with(search={"trials": 1, "scope": "cell", "networks": ["lesion", "isic2016"]}, lesion={"sham": True})
    assert [name for name in cell.search.names if name.startswith("isic2016/")] == [
        f"isic2016/{cell}" for cell in CELLS
    ]
    assert not {"lesion", "isic2016"} & set(cell.search.settings)
    assert cell.search.datasets == ["ham10000", "isic2016"]


@pytest.mark.parametrize(
    ("key", "protocols", "searching"),
    [
        ("leakfree", ["thesis", "leakfree"], {"thesis": "leakfree", "leakfree": "leakfree"}),
        ("leakfree", ["thesis"], {"thesis": "thesis"}),
        ("leakfree", ["leakfree"], {"leakfree": "leakfree"}),
        ("each", ["thesis", "leakfree"], {"thesis": "thesis", "leakfree": "leakfree"}),
    ],
)
def test_one_protocol_s_searches_serve_both_or_each_has_its_own(key, protocols, searching):
    study = study_with(protocols=protocols, search={"trials": 1, "protocol": key, "networks": ["lesion"]})
    assert {protocol: study.search.protocol_of(protocol) for protocol in protocols} == searching
    assert set(study.search.protocols) == set(searching.values())
    search = "search/lesion/cls-none_sym-off"
    files = [
        path.format(protocol)
        for path in (f"results/{{}}/{search}/best.yaml", f"results/{{}}/figures/{search}.png")
        for protocol in study.search.protocols
    ]
    targets = targets_of(study)
    assert targets["search"] == files
    assert [path for path in targets["figures"] if "/search/" in path] == files[len(files) // 2 :]


def test_the_leakfree_protocol_trains_a_segmentation_network_a_fold_of_the_development_set():
    study = study_with(segmentation={"ensemble": {"folds": 1, "flips": False}}, lesion={"folds": 4})
    assert study.segmentation_folds == {"thesis": range(1), "leakfree": range(4)}
    assert not study.has_ensemble


@pytest.mark.parametrize("name", ["cell", "protocol", "shard", "settings"])
def test_a_constraint_matches_its_values_and_nothing_that_only_begins_so(name):
    study = study_with()
    for value in study.wildcards[name]:
        assert re.fullmatch(study.constraints[name], value)
        assert not re.fullmatch(study.constraints[name], value + "x")


def test_every_named_target_is_of_every_protocol():
    targets = targets_of(study_with(protocols=["thesis", "leakfree"]))
    for name in ("masks", "symmetry", "cams", "lesion", "isic2019", "isic2016", "tables"):
        of = [{path.replace("/thesis/", "/X/") for path in targets[name] if "/thesis/" in path}]
        of += [{path.replace("/leakfree/", "/X/") for path in targets[name] if "/leakfree/" in path}]
        assert of[0] == of[1] != set()


def test_oracle_controls_are_added_to_the_cells_of_ham10000_and_to_the_maps_of_its_test_sets():
    without = study_with(lesion={"sham": ["none"]})
    study = study_with(lesion={"sham": ["none"], "oracle": ["none"]})
    oracles = ["oracle", "oracle50", "oracle25", "oracle10", "oracleplace"]
    assert study.cells == [*without.cells, *(f"cls-none_sym-{name}" for name in oracles)]
    assert study.cells_of["isic2016"] == without.cells_of["isic2016"]
    assert set(study.cams) - set(without.cams) == {(name, one) for name in ("ham10000", "isic2019") for one in oracles}
    assert without.wildcards["cell"] == without.cells


def test_oracle_controls_change_no_settings_of_a_network():
    settings = [
        NetworkInputs(ImageInputs(study_with(lesion={"oracle": oracle}), PROJECT)).network_settings("lesion")
        for oracle in (False, ["none"])
    ]
    assert settings[0] == settings[1]


def test_a_cell_s_own_seeds_are_trained():
    masks = {"none": [1], "seg": [1], "lae": [1]}
    study = study_with(lesion={"seeds": {**masks, "cls-none_sym-zeros": [1, 2]}})
    assert study.seeds_of("ham10000", "cls-none_sym-zeros") == [1, 2]
    assert study.seeds_of("ham10000", "cls-none_sym-off") == [1]
    assert study.wildcards["seed"] == ["1", "2"]


def test_the_overlay_of_oracle_controls_is_valid_and_comparable():
    overlay = yaml.safe_load((PROJECT / "config/oracle.yaml").read_text())
    study = study_with(**overlay)
    schema = yaml.safe_load((PROJECT / "schemas/config.schema.yaml").read_text())
    jsonschema.validate(study.config, schema)
    assert (seeds_refusal(study.config["lesion"]), oracle_refusal(study.config["lesion"])) == (None, None)
    several = [cell for cell in study.cells if len(study.seeds_of("ham10000", cell)) == 5]
    sources = ["off", "none", "zeros", "oracle", "oracle50", "oracle25", "oracle10", "oracleplace"]
    assert several == [f"cls-none_sym-{source}" for source in sources]
