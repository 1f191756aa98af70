"""The seven areas that mutants are drawn from: their modules, each with the test files that are run on its mutants."""

CAMS = ("cams/test_controls.py", "cams/test_cam_scores.py", "storage/test_cam_table.py", "storage/test_gpu_shards.py")
GRAD_CAM = ("cams/test_grad_cam.py", "networks/test_networks.py")
LESION = ("training/test_lesion_inputs.py", "training/test_setups.py", "networks/test_networks.py")
LESION += ("training/test_ahead.py", "training/test_compiled.py")
ROLES = ("data/test_lesion_roles.py", "data/test_patient_groups.py")
SPLITS = ("data/test_splits.py", *ROLES)
LEAKAGE = ("evaluation/test_leakage.py", "evaluation/test_planted_leaks.py")
TABLE = ("evaluation/test_comparisons.py", "evaluation/test_comparison_rules.py")
PAIRS = ("evaluation/test_pairs.py", "evaluation/test_comparison_rules.py", "report/test_sentences.py")
SAMPLES = ("training/test_samples.py", "training/test_cross_validation.py", "storage/test_gpu_shards.py")
IMAGES = ("training/test_batch_images.py", "training/test_samples.py", "training/test_ahead.py")
IMAGES += ("networks/test_networks.py", "training/test_segmentation.py")
CLASSIFIER = ("training/test_fit.py", "training/test_setups.py", "networks/test_networks.py")
CLASSIFIER += ("training/test_cross_validation.py",)
CHOICE = ("networks/test_networks.py", "networks/test_backbones.py")
SEGMENTATION = ("networks/test_networks.py", "training/test_segmentation.py")

AREAS = {
    "losses": {"training/losses.py": ("training/test_losses.py", "training/test_fit.py")},
    "grad_cam": {"cams/grad_cam.py": GRAD_CAM},
    "splits": {
        "data/splits/by_image.py": SPLITS,
        "data/splits/by_lesion.py": ROLES,
        "data/splits/folds.py": (*SPLITS, "training/test_samples.py"),
        "data/splits/lesion_roles.py": ROLES,
        "data/splits/malignancy.py": ("cams/test_controls.py",),
        "data/splits/patient_groups.py": ("data/test_patient_groups.py",),
        "data/splits/without_source.py": ("data/test_without_source.py",),
    },
    "leakage": {"evaluation/leakage.py": LEAKAGE, "evaluation/model_uses.py": LEAKAGE},
    "comparisons": {
        "evaluation/comparisons/confusion.py": ("evaluation/test_confusion.py",),
        "evaluation/comparisons/families.py": TABLE,
        "evaluation/comparisons/inference.py": ("evaluation/test_inference.py", *TABLE),
        "evaluation/comparisons/measured.py": ("evaluation/test_measured.py", *TABLE),
        "evaluation/comparisons/pairs.py": PAIRS,
        "evaluation/comparisons/parts.py": ("evaluation/test_comparison_rules.py",),
        "evaluation/comparisons/resampling.py": ("evaluation/test_resampling.py", *TABLE),
        "evaluation/comparisons/table.py": TABLE,
        "evaluation/bootstrap.py": ("evaluation/test_subgroups.py",),
    },
    "trainings": {
        "training/classification.py": CLASSIFIER,
        "training/segmentation.py": (*SEGMENTATION, "masks/test_segmentation_scripts.py"),
        "training/symmetry.py": ("training/test_setups.py", "networks/test_backbones.py"),
        "training/samples.py": SAMPLES,
        "training/setup.py": ("training/test_cross_validation.py",),
        "training/cross_validation.py": ("training/test_cross_validation.py",),
        "training/model_selection.py": CHOICE,
        "training/packed.py": ("training/test_samples.py", "training/test_setups.py", "networks/test_backbones.py"),
        "training/images.py": IMAGES,
    },
    "cam_wiring": {
        "cams/symmetry.py": ("cams/test_network_cams.py", "storage/test_gpu_shards.py"),
        "cams/lesion.py": ("cams/test_network_cams.py", "networks/test_networks.py"),
        "cams/controls.py": CAMS,
        "cams/scored_images.py": CAMS,
        "storage/cam_table.py": ("storage/test_cam_table.py", *CAMS),
        "networks/out_of_fold.py": (*ROLES, "storage/test_gpu_shards.py"),
        "training/lesion.py": LESION,
    },
}
