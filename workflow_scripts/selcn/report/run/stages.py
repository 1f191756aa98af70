"""The stages of a study, and the rules of each."""

from fnmatch import fnmatchcase

REPORT = "report"
"""The stage of the report's own rules."""

STAGES = {
    "data and splits": (
        "generate_demo_data",
        "fetch_weights",
        "index_dataset",
        "read_diagnoses",
        "remove_hair",
        "join_hair",
        "pack_dataset",
        "join_packed",
        "find_copies",
        "find_keypoints",
        "join_keypoints",
        "choose_candidates",
        "compare_candidates",
        "find_duplicates",
        "measure_duplicates",
        "group_lesions",
        "assign_lesions",
        "split_by_image",
        "split_by_lesion",
        "write_settings",
    ),
    "search": ("search_segmentation", "search_symmetry", "search_lesion", "search_*", "summarise_search"),
    "segmentation": (
        "train_segmentation",
        "count_pixels",
        "count_ensemble_pixels",
        "evaluate_segmentation",
        "evaluate_ensemble",
        "select_segmentation",
    ),
    "masks": ("predict_masks", "join_masks"),
    "backbones": ("train_backbone", "evaluate_backbone", "select_backbone"),
    "symmetry": ("train_symmetry", "evaluate_symmetry", "localise_symmetry"),
    "CAMs": ("compute_cams", "join_cams", "make_sham_cams", "make_oracle_cams"),
    "lesion networks": ("encode_features", "train_lesion_*", "predict_external", "train_sources"),
    "evaluation": (
        "evaluate_lesion",
        "measure_skin",
        "evaluate_external",
        "compare_predictions",
        "compare_localisation",
        "measure_subgroups",
        "measure_hair",
        "audit_leaks",
        "measure_appearance",
        "audit_labels",
    ),
    "tables and figures": (
        "write_segmentation_tables",
        "write_symmetry_tables",
        "write_lesion_tables",
        "write_*_tables",
        "write_external_table",
        "write_source_table",
        "write_backbone_table",
        "write_comparisons",
        "write_epochs",
        "draw_class_balance",
        "draw_doubtful_labels",
        "draw_duplicates",
        "draw_hair",
        "draw_lesion_cams",
        "draw_localisation",
        "draw_masks",
        "draw_reliability",
        "draw_search",
        "draw_shams",
        "draw_symmetry_cams",
        "draw_training_curves",
        "inspect_image",
    ),
    "prediction": ("write_bundle", "fetch_web_library", "list_images", "predict_images", "join_predictions"),
    REPORT: (
        "record_run",
        "describe_models",
        "describe_data",
        "package_run",
        "write_galleries",
        "write_matrices",
        "write_sheets",
        "draw_charts",
        "write_report",
        "write_event_files",
    ),
}
"""Each stage's rules, in the order of the data; * stands for a data set."""

OTHER = "other"
"""The stage of rules that are in none, such as those of former versions."""

_STAGE_OF = {rule: stage for stage, rules in STAGES.items() for rule in rules}


def stage_of(rule: str) -> str:
    """Return the stage of a rule."""
    pattern = next((pattern for pattern in _STAGE_OF if fnmatchcase(rule, pattern)), "")
    return _STAGE_OF.get(pattern, OTHER)
