"""The default study's work by stage: which rules it has, and how many images go through which network how often.

Sizes are those of the published data sets and of config.yaml; what is assumed is said by `assumptions`.
"""

from selcn.report.run.stages import STAGES as RULES

# Epochs of a training, which early stopping ends before the 100 of config.yaml; and of a search's trial, of which the
# median pruner ends half soon after the fifth.
EPOCHS, TRIALS, TRIAL_EPOCHS = 30, 30, 12
# Seconds of a job before its work: two Snakemakes that read the workflow, 2.4 s each, and Python's imports. One with a
# GPU also builds its network, checks and reads its images, 2 GB of HAM10000, and starts CUDA.
STARTS = {"processor": 6.0, "gpu": 16.0}

IMAGES = {"ham10000": 10_015, "symderm": 2_655, "isic2019": 25_331, "isic2016": 1_279}
PROTOCOLS, CELLS, SHAMS, FOLDS = 2, 12, 5, {"symmetry": 3, "lesion": 4}
# Of a fold: images it is trained on, in their variants, and those that it is validated on; and the test set.
HAM10000, SYMDERM, ISIC2016 = (7_137, 2_379, 2_003), (1_416, 708, 531), (540, 180, 180)
MALIGNANCY = (1_067, 533, 400)
OFFICIAL_TEST = 379
# Of which there are CAMs: HAM10000 in the variants of its splits. And whose lesion CAMs are made in each protocol.
HAM10000_VARIANTS, EXPLAINED = 14_883, {"thesis": 10_015, "leakfree": 2_003}

# Rules of the workflow before, by stage.
_FORMER = {
    "lesion networks": ("train_lesion", "predict_lesion", "compute_lesion_cams"),
    "evaluation": ("localise_lesion",),
    "tables and figures": ("write_tables",),
}
# The data sets of the workflow's rules that have one in their name.
_LESION_SETS = ("ham10000", "isic2016")
STAGES = {
    stage: (
        *dict.fromkeys(rule.replace("*", dataset) for rule in rules for dataset in _LESION_SETS),
        *_FORMER.get(stage, ()),
    )
    for stage, rules in RULES.items()
}
GPU_RULES = {
    "train_segmentation",
    "count_pixels",
    "count_ensemble_pixels",
    "predict_masks",
    "train_backbone",
    "train_symmetry",
    "compute_cams",
    "encode_features",
    "train_lesion",
    "train_lesion_ham10000",
    "train_lesion_isic2016",
    "predict_external",
    "predict_images",
    "predict_lesion",
    "compute_lesion_cams",
    "search_segmentation",
    "search_symmetry",
    "search_lesion",
    "search_isic2016",
    "train_sources",
}
# Seconds of one core beyond the jobs' starts. 28 gigapixels of photographs: hair removal at 33 megapixels/s, and the
# decoding of index and packing at three times that. Maps of 10,015 (leakfree: 2,003) images of 32 cells and models at
# 1,000/s. Comparisons two minutes each, subgroups ten, the audit one.
PROCESSOR_WORK = {"data and splits": 1_500, "evaluation": 385 + 4 * 120 + 2 * 600 + 2 * 60}

Work = list[tuple[str, int]]


def trainings(network: str, networks: int, fold: tuple[int, int, int], epochs: int = EPOCHS) -> Work:
    """Return the work of training so many networks: each epoch's training and validation."""
    train, validation, _ = fold
    return [(f"train {network}", networks * epochs * train), (f"validate {network}", networks * epochs * validation)]


def lesion_work(cells: int, with_cam: bool) -> Work:
    """Return the work of so many cells on HAM10000 and on ISIC2016: trained, and applied to further images."""
    network = "efficientnet_b4 with CAMs" if with_cam else "efficientnet_b4"
    ham10000 = cells + (SHAMS if with_cam else 0)
    folds = PROTOCOLS * FOLDS["lesion"]
    trained = trainings(network, ham10000 * folds, HAM10000) + trainings(network, cells * folds, ISIC2016)
    predicted = folds * (ham10000 * IMAGES["isic2019"] + cells * OFFICIAL_TEST)
    explained = (ham10000 + cells) * sum(EXPLAINED.values())
    return [*trained, (f"predict {network}", predicted), (f"CAMs {network}", explained)]


def gpu_work() -> dict[str, Work]:
    """Return by stage what is done by which network, as in rates.json, to how many images."""
    symmetry = PROTOCOLS * FOLDS["symmetry"]
    # One network an architecture in the thesis's protocol, four in the leakfree one.
    segmentation = 1 + FOLDS["lesion"]
    architectures, backbones = ("unet", "deeplabv3plus"), ("resnet34", "efficientnet_b0", "shufflenet_v2_x1_0")
    squeezenet = "squeezenet1_0"
    return {
        # The leakfree protocol's, which serves both.
        "search": trainings("deeplabv3plus", TRIALS, HAM10000, TRIAL_EPOCHS)
        + trainings(squeezenet, TRIALS, SYMDERM, TRIAL_EPOCHS)
        + trainings("efficientnet_b4", TRIALS, HAM10000, TRIAL_EPOCHS)
        + trainings("efficientnet_b4", TRIALS, ISIC2016, TRIAL_EPOCHS),
        "segmentation": [part for name in architectures for part in trainings(name, segmentation, HAM10000)]
        + [(f"validate {name}", segmentation * sum(HAM10000[1:])) for name in architectures],
        "masks": [("masks deeplabv3plus", PROTOCOLS * sum(IMAGES.values()))],
        "backbones": [part for name in (*backbones, squeezenet) for part in trainings(name, symmetry, SYMDERM)],
        "symmetry": trainings(squeezenet, 4 * symmetry, SYMDERM) + trainings(squeezenet, symmetry, MALIGNANCY),
        "CAMs": [(f"CAMs {squeezenet}", PROTOCOLS * maps_of_symmetry())],
        "lesion networks": lesion_work(3, False) + lesion_work(CELLS - 3, True),
    }


def maps_of_symmetry() -> int:
    """Return how many CAMs of symmetry models a protocol has: of three of all images, of the sham's of two sets."""
    of_two = HAM10000_VARIANTS + IMAGES["isic2019"]
    return 3 * (of_two + IMAGES["symderm"] + IMAGES["isic2016"]) + of_two


GPU_WORK = gpu_work()


def assumptions() -> list[str]:
    """Return what the hours rest on, as sentences."""
    return [
        f"Assumed: a training stops early after {EPOCHS} epochs; a search has {TRIALS} trials of {TRIAL_EPOCHS} epochs "
        "on average, with batches of 32.",
        f"A job's start takes {STARTS['processor']:.0f} s of a processor, or {STARTS['gpu']:.0f} s of a GPU and a "
        "processor: two Snakemakes that read the workflow (2.4 s each, measured), Python's imports, and with a GPU "
        "the network, the images and CUDA (estimated).",
        "A job holds one processor for as long as a GPU. Image processing, CAMs, comparisons and subgroups: estimated "
        f"({sum(PROCESSOR_WORK.values()) / 3600:.1f} h), by the rates of docs/results/cpu.",
    ]
