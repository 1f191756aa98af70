"""What Snakemake answers to a mistyped target, a missing data set, a mistyped configuration."""

import re
import subprocess
import sys

import pytest

from studies import two_gpus

pytestmark = pytest.mark.workflow
COMPARING = (
    "compare_predictions",
    "compare_localisation",
    "write_comparisons",
    "measure_subgroups",
    "draw_reliability",
)


def test_a_target_that_no_rule_makes_is_refused_with_the_nearest(fresh):
    result = fresh.snakemake("--dry-run", "results/thesis/lesion/ham10000/cls-none_sym-las/metrics.json")
    assert result.returncode != 0
    assert "no rule makes this file" in result.stdout
    assert "results/thesis/lesion/ham10000/cls-none_sym-lae/metrics.json" in result.stdout


@pytest.mark.parametrize(
    "target",
    [
        "results/thesis/lesion/ham10000/cls-none_sym-lae/seed-42/fold-7/best.pt",
        "results/leakfree/tables/table-05.md",
        "results/thesis/cams/ham10000/scratch-none/cams.parquet",
        "results/thesis/inspect/ham10000/../../../x.png",
        "results/thesis/segmentation/unet/fold-1/best.pt",
        "results/thesis/segmentation/unet-ensemble/metrics.json",
    ],
)
def test_wildcards_accept_no_nonsense(fresh, target):
    result = fresh.snakemake("--dry-run", target)
    assert result.returncode != 0
    assert "no rule makes this file" in result.stdout


def test_every_named_target_resolves(fresh):
    for target in (
        "all",
        "hair",
        "masks",
        "symmetry",
        "cams",
        "lesion",
        "isic2019",
        "isic2016",
        "tables",
        "figures",
        "report",
    ):
        assert fresh.jobs(target)["index_dataset"] > 0, target


def test_every_cell_and_fold_is_trained(fresh):
    jobs = fresh.jobs("all")
    assert (jobs["train_lesion_ham10000"], jobs["train_lesion_isic2016"], jobs["train_symmetry"]) == (12, 12, 4)
    assert (jobs["compute_cams"], jobs["join_cams"]) == (4 * 3, 4 * 3)
    assert [jobs[f"write_{stage}_tables"] for stage in ("segmentation", "symmetry", "lesion", "isic2016")] == [1] * 4
    assert [jobs[name] for name in COMPARING] == [1, 1, 1, 1, 1]


def test_only_the_seeds_of_a_mask_are_compared_and_measured(fresh):
    seeds = overlay(fresh, "lesion: {seeds: {none: [1, 2], seg: [1], lae: [1]}}\n")
    jobs = fresh.jobs("results/thesis/tables/answers.md", overlays=seeds)
    assert jobs["train_lesion_ham10000"] == 4 * 2 + 8


def test_masks_and_cams_are_divided_by_a_key_of_their_own(fresh):
    overlays = overlay(fresh, "data: {ham10000: {shards: 3, gpu_shards: 2}, isic2019: {shards: 2}}\n")
    jobs = fresh.jobs("cams", overlays=overlays)
    assert (jobs["remove_hair"], jobs["pack_dataset"]) == (7, 7)
    assert (jobs["predict_masks"], jobs["compute_cams"]) == (5, 5 * 3)
    for target, said in (
        ("results/thesis/masks/isic2019/shard-1/manifest.parquet", "data.isic2019.gpu_shards is 1"),
        ("results/thesis/cams/ham10000/none/shard-2/cams.parquet", "data.ham10000.gpu_shards is 2"),
        ("results/packed/isic2019/shard-2/manifest.parquet", "data.isic2019.shards is 2"),
    ):
        result = fresh.snakemake("--dry-run", target, overlays=overlays)
        assert result.returncode != 0
        assert said in result.stdout, target


def test_a_frozen_encoder_s_features_are_computed_once_a_mask(fresh):
    (fresh.clone / "config/frozen_demo.yaml").write_text("lesion: {freeze_encoder: true}\n")
    jobs = fresh.jobs("all", overlays=("config/frozen_demo.yaml",))
    assert jobs["encode_features"] == 3 * 3
    assert (jobs["train_lesion_ham10000"], jobs["train_lesion_isic2016"]) == (12, 12)


def overlay(study, text):
    """Write an overlay into a clone and return its path."""
    (study.clone / "config/overlay.yaml").write_text(text)
    return ("config/overlay.yaml",)


def test_the_leakfree_protocol_trains_segmentation_on_every_fold_and_is_audited(fresh):
    overlays = overlay(fresh, "protocols: [leakfree]\n")
    jobs = fresh.jobs("all", overlays=overlays)
    assert (jobs["assign_lesions"], jobs["split_by_lesion"], jobs["split_by_image"]) == (1, 4, 0)
    assert (jobs["train_segmentation"], jobs["train_lesion_ham10000"]) == (2, 12)
    assert (jobs["audit_leaks"], jobs["find_duplicates"], jobs["group_lesions"]) == (1, 1, 1)
    result = fresh.snakemake("--dry-run", "results/thesis/tables/audit.md", overlays=overlays)
    assert "no rule makes this file" in result.stdout


def test_shams_and_seeds_are_those_of_the_named_masks(fresh):
    seeds = "seeds: {none: [1, 2, 3], seg: [1], lae: [1]}"
    overlays = overlay(fresh, f"lesion: {{sham: [none, lae], {seeds}}}\n")
    jobs = fresh.jobs("all", overlays=overlays)
    # HAM10000: 9 cells with 3 seeds, 4 and 9 with one; ISIC2016, without shams: all with one.
    assert (jobs["train_lesion_ham10000"], jobs["train_lesion_isic2016"]) == (9 * 3 + 4 + 9, 12)
    # Of HAM10000 and ISIC2019, as are the further network's CAMs.
    assert (jobs["make_sham_cams"], jobs["train_symmetry"], jobs["compute_cams"]) == (4 * 2, 5, 4 * 3 + 2)
    assert fresh.jobs("results/thesis/lesion/isic2016/cls-lae_sym-gaussian/seed-1/fold-0/best.pt", overlays=overlays)
    for refused in ("cls-seg_sym-zeros", "cls-none_sym-ones"):
        result = fresh.snakemake(
            "--dry-run", f"results/thesis/lesion/ham10000/{refused}/metrics.json", overlays=overlays
        )
        assert "no rule makes this file" in result.stdout


def test_oracles_are_those_of_the_named_masks_with_the_seeds_of_their_cells(fresh):
    seeds = "seeds: {none: [1], seg: [1], lae: [1], cls-none_sym-zeros: [1, 2], cls-none_sym-oracle10: [1, 2]}"
    overlays = overlay(fresh, f"lesion: {{sham: [none], oracle: [none], {seeds}}}\n")
    jobs = fresh.jobs("all", overlays=overlays)
    # 12 cells, 5 sham and 5 oracle controls, and a second seed of two of them; the maps of HAM10000 and ISIC2019.
    assert (jobs["train_lesion_ham10000"], jobs["train_lesion_isic2016"]) == (22 + 2, 12)
    assert (jobs["make_sham_cams"], jobs["make_oracle_cams"]) == (4 * 2, 5 * 2)
    refused = fresh.snakemake("--dry-run", overlays=overlay(fresh, "lesion: {sham: [seg], oracle: [none]}\n"))
    assert "lesion.oracle has the masks ['none'], lesion.sham ['seg']" in refused.stdout


def test_both_protocols_share_everything_before_the_splits(fresh):
    jobs = fresh.jobs("all", overlays=overlay(fresh, "protocols: [thesis, leakfree]\n"))
    assert (jobs["index_dataset"], jobs["pack_dataset"]) == (4, 5)
    assert (jobs["audit_leaks"], jobs["split_by_image"], jobs["split_by_lesion"]) == (2, 4, 4)


def test_backbones_are_compared_in_every_fold_and_selected_only_where_the_choice_is_left_open(fresh):
    compared = overlay(fresh, "symmetry: {backbones: [resnet34, squeezenet1_0]}\n")
    for target in ("all", "tables", "symmetry"):
        jobs = fresh.jobs(target, overlays=compared)
        assert (jobs["train_backbone"], jobs["evaluate_backbone"], jobs["write_backbone_table"]) == (2, 2, 1)
        assert jobs["select_backbone"] == 0
    jobs = fresh.jobs("cams", overlays=overlay(fresh, "symmetry: {backbone: auto, backbones: [resnet34]}\n"))
    assert (jobs["train_backbone"], jobs["select_backbone"], jobs["write_backbone_table"]) == (1, 1, 0)


def test_the_comparison_does_not_depend_on_the_choice(fresh):
    overlays = overlay(fresh, "symmetry: {backbone: auto, backbones: [resnet34]}\n")
    result = fresh.snakemake("--dry-run", "results/thesis/backbones/resnet34/fold-0/best.pt", overlays=overlays)
    assert "settings/backbones.yaml" in result.stdout
    assert "settings/symmetry.yaml" not in result.stdout


@pytest.mark.parametrize(
    ("symmetry", "said"),
    [
        ("{backbone: auto}", "symmetry.backbones is empty"),
        ("{backbone: vgg11}", "symmetry.backbone names vgg11, but weights has no such key"),
        ("{backbones: [vgg11]}", "symmetry.backbones names vgg11, but weights has no such key"),
    ],
)
def test_backbones_that_cannot_be_had_are_refused(fresh, symmetry, said):
    result = fresh.snakemake("--dry-run", "symmetry", overlays=overlay(fresh, f"symmetry: {symmetry}\n"))
    assert result.returncode != 0
    assert said in result.stdout


def test_an_ensemble_is_of_every_architecture_s_folds_and_a_column_of_table_5(fresh):
    settings = "segmentation: {architectures: [unet, fpn], ensemble: {folds: 2, flips: false}}\n"
    jobs = fresh.jobs("results/thesis/tables/table-05.md", overlays=overlay(fresh, settings))
    assert jobs["train_segmentation"] == 2 * 2
    assert (jobs["count_ensemble_pixels"], jobs["evaluate_ensemble"]) == (2, 2)
    assert jobs["evaluate_segmentation"] == 2


def test_an_ensemble_of_more_folds_than_the_pool_has_is_refused(fresh):
    result = fresh.snakemake("--dry-run", overlays=overlay(fresh, "segmentation: {ensemble: {folds: 3}}\n"))
    assert result.returncode != 0
    assert "segmentation.ensemble.folds is 3, but the development set has 2 folds" in result.stdout


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("lesion: {encoder: efficientnet_b9}", "lesion.encoder names efficientnet_b9, but weights has no such key"),
        ("segmentation: {weights: resnet5}", "segmentation.weights names resnet5, but weights has no such key"),
        (
            "lesion: {seeds: {none: [1], seg: [1, 2], lae: [2]}}",
            "lesion.seeds gives cls-lae_sym-off [2] and cls-none_sym-off [1]",
        ),
        ("search: {space: {learning_rate: {low: 0.1, high: 0.01}}}", "search.space.learning_rate goes from 0.1 to"),
        ("comparisons: {exchanges: 100}", "set comparisons.exchanges to 900 or more"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused_at_once(fresh, changed, said):
    result = fresh.snakemake("--dry-run", "lesion", overlays=overlay(fresh, changed + "\n"))
    assert result.returncode != 0
    assert said in result.stdout


def test_an_unknown_key_of_the_configuration_is_named(fresh):
    (fresh.clone / "config/typo.yaml").write_text("lesion: {learning_rat: 1}\n")
    result = fresh.snakemake("--dry-run", overlays=("config/typo.yaml",))
    assert result.returncode != 0
    assert "config/typo.yaml: unknown key lesion.learning_rat; expected one of folds" in result.stdout
    assert "Failed validating" not in result.stdout
    result = fresh.snakemake("--dry-run", "predict", "--config", "image=photos")
    assert "--config: unknown key image; did you mean images?" in result.stdout


def test_a_folder_of_images_without_files_is_named(fresh):
    (fresh.clone / "photos").mkdir()
    result = fresh.snakemake("--dry-run", "predict", "--config", "images=photos", "predict={protocol: thesis}")
    assert result.returncode != 0
    assert "photos: found no files in it or its sub-folders; expected images" in result.stdout


def test_a_missing_data_set_is_named_with_what_to_do(fresh):
    (fresh.clone / "config/real.yaml").write_text("demo: null\n")
    result = fresh.snakemake("--dry-run", "hair", overlays=("config/real.yaml",))
    assert result.returncode != 0
    assert "HAM10000_metadata" in result.stdout
    assert "Dataverse" in result.stdout


def test_a_gpu_is_asked_for_by_rules_that_train_or_infer(fresh):
    result = fresh.snakemake("--dry-run", "all")
    blocks = result.stdout.split("\n[")
    for rule in ("train_segmentation", "train_symmetry", "train_lesion_ham10000", "compute_cams", "predict_masks"):
        listed = [block for block in blocks if f"rule {rule}:" in block]
        assert all("gpu=1" in block for block in listed), rule


@pytest.mark.parametrize(
    ("visible", "arguments", "overlays", "offered"),
    [
        (None, (), (), 6),
        (None, (), ("config/one.yaml",), 2),
        ("0,1,2,3", (), ("config/one.yaml",), 4),
        ("", (), ("config/one.yaml",), 1),
        (None, ("--resources", "gpu=5"), (), 5),
    ],
)
def test_the_machine_s_gpus_are_offered_unless_a_number_is_given(
    fresh, tmp_path, monkeypatch, visible, arguments, overlays, offered
):
    two_gpus(tmp_path, monkeypatch)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    (fresh.clone / "config/one.yaml").write_text("jobs_per_gpu: 1\n")
    settings = "results/thesis/settings/lesion.yaml"
    result = fresh.snakemake(settings, "--force", *arguments, overlays=overlays)
    assert result.returncode == 0, result.stdout
    assert re.search(r"^Provided resources: gpu=.*\b(\d+)\b", result.stdout, re.MULTILINE)[1] == str(offered)


def test_an_nvidia_smi_that_cannot_be_run_is_named_once_and_the_plan_goes_on(fresh, tmp_path, monkeypatch):
    two_gpus(tmp_path, monkeypatch)
    (tmp_path / "nvidia-smi").chmod(0o644)
    # No other is found.
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    settings = "results/thesis/settings/lesion.yaml"
    result = fresh.snakemake(settings, "results/thesis/settings/symmetry.yaml", "--force")
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("nvidia-smi cannot be run (Permission denied): no GPU is counted") == 1
    assert re.search(r"^Provided resources: gpu=.*\b3\b", result.stdout, re.MULTILINE)


def test_a_python_whose_path_a_shell_would_take_apart_is_refused(fresh, tmp_path):
    environment = tmp_path / "my clone/.venv"
    environment.parent.mkdir()
    environment.symlink_to(sys.prefix)
    command = [environment / "bin/python", "-m", "snakemake", "-n", "--cores", "1", "--configfile", *fresh.overlays]
    result = subprocess.run(command, cwd=fresh.clone, capture_output=True, text=True)
    assert result.returncode != 0
    assert f"{environment}/bin/python: Snakemake cannot run from a path that contains ' '" in result.stdout
