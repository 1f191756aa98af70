"""The default study's disk usage, estimated: number and size of its files."""

from benchmarks.study_work import (
    CELLS,
    EXPLAINED,
    FOLDS,
    HAM10000_VARIANTS,
    IMAGES,
    PROTOCOLS,
    SHAMS,
    maps_of_symmetry,
)

PIXELS = 256 * 256
# Bytes of each network's weights.
WEIGHTS = {
    "unet": 97.8e6,
    "deeplabv3plus": 89.8e6,
    "resnet34": 85.2e6,
    "efficientnet_b0": 16.2e6,
    "shufflenet_v2_x1_0": 5.1e6,
    "squeezenet1_0": 2.9e6,
    "efficientnet_b4": 70.7e6,
    "efficientnet_b4 with CAMs": 83.6e6,
}
# Pixels of all photographs; bytes a pixel of a JPEG file of quality 95, as measured on 12 photographs of HAM10000.
PHOTOGRAPHED, JPEG = 28.4e9, 0.22
# Of a mask as a picture, which takes a block of the disk, and of a map in its table (docs/results/cpu).
BLOCK, MAP = 4096, 0.4 * 1024
# Of an image in a table of predictions of seven classes.
PREDICTION = 40


def sizes() -> list[tuple[str, int, float, str]]:
    """Return the kinds of files, with their number, their bytes and the source of the estimate."""
    images = sum(IMAGES.values())
    lesion_maps = (2 * CELLS + SHAMS) * sum(EXPLAINED.values())
    shams = PROTOCOLS * 4 * (HAM10000_VARIANTS + IMAGES["isic2019"])
    ham10000, isic2016 = (PROTOCOLS * FOLDS["lesion"] * cells for cells in (CELLS + SHAMS, CELLS))
    without = PROTOCOLS * FOLDS["lesion"] * 3 * 2
    with_cam = ham10000 + isic2016 - without
    small = PROTOCOLS * FOLDS["symmetry"]
    segmentation = 1 + FOLDS["lesion"]
    network = {name: segmentation for name in ("unet", "deeplabv3plus")}
    network |= {name: small for name in ("resnet34", "efficientnet_b0", "shufflenet_v2_x1_0")}
    network |= {"squeezenet1_0": 6 * small, "efficientnet_b4": without, "efficientnet_b4 with CAMs": with_cam}
    lesion = [name for name in network if "b4" in name]
    predicted = ham10000 * (IMAGES["isic2019"] + 4_382) + isic2016 * 739
    return [
        ("images without hair", images, PHOTOGRAPHED * JPEG, "0.22 bytes a pixel, 28 gigapixels"),
        ("packed images and masks", 8, images * PIXELS * 4, "256 x 256 x 4 bytes an image"),
        ("predicted masks, arrays", 8, PROTOCOLS * images * PIXELS, "256 x 256 bytes an image and protocol"),
        (
            "predicted masks, pictures",
            PROTOCOLS * 2 * images,
            PROTOCOLS * 2 * images * BLOCK,
            "two of a block of 4 KiB an image and protocol",
        ),
        ("lesion networks", ham10000 + isic2016, total_of(network, lesion), "71 or 84 MB a network"),
        (
            "other networks",
            sum(network.values()) - ham10000 - isic2016,
            total_of(network, network.keys() - lesion),
            "3 to 98 MB a network",
        ),
        (
            "CAMs",
            PROTOCOLS * 4 * 4 + PROTOCOLS * (2 * CELLS + SHAMS),
            (PROTOCOLS * maps_of_symmetry() + shams + lesion_maps) * MAP,
            "0.4 KiB a map",
        ),
        ("predictions", 3 * (ham10000 + isic2016), predicted * PREDICTION, "40 bytes an image and network"),
        ("pre-trained weights", 5, 200e6, "their files"),
    ]


def total_of(network: dict[str, int], names) -> float:
    """Return the bytes of the networks of some names."""
    return sum(network[name] * WEIGHTS[name] for name in names)
