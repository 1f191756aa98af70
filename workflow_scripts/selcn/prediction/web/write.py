"""The page's folder of a bundle: its files, the libraries that run there, and what it says of the model."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from selcn.design.class_names import class_name
from selcn.prediction.web.libraries import LIBRARIES, unpack
from selcn.storage.artifacts import write_json

PAGE = Path(__file__).parent / "page"
# The report's, so that both look alike.
STYLES = Path(__file__).parents[2] / "report/html/assets/page.css"
KNOWN = "known.json"
FOLDS = ("segmentation_fold", "symmetry_fold")

MASKS = {
    "none": "the whole image",
    "seg": "the lesion mask's pixels, the rest black",
    "lae": "the LAE box, the rest black",
}
"""What a lesion network is given, by its input mask."""


def write_page(
    folder: Path,
    metadata: Mapping[str, Any],
    archives: Mapping[str, Path],
    demo: bool,
    known: pd.DataFrame | None = None,
) -> None:
    """Write the page into a folder of a bundle.

    Parameters
    ----------
    folder
        The folder, `web` of the bundle.
    metadata
        The bundle's metadata.json.
    archives
        The archive of each of `selcn.prediction.web.libraries.LIBRARIES`, by its name.
    demo
        Whether the networks were trained on synthetic images.
    known
        The bundle's known images, with columns image_id, sha256, trained_on, segmentation_fold and symmetry_fold.

    Raises
    ------
    selcn.prediction.web.libraries.LibraryError
        An archive is not the pinned one.
    """
    shutil.copytree(PAGE, folder, dirs_exist_ok=True)
    shutil.copyfile(STYLES, folder / "report.css")
    settings = settings_of(metadata, known is not None)
    for library in LIBRARIES.values() if settings["removes_hair"] else [LIBRARIES["onnxruntime-web"]]:
        unpack(library, archives[library.name], folder)
    if known is not None:
        write_json(known_images(known), folder / KNOWN)
    write_json({"demo": demo, **settings}, folder / "settings.json")


def settings_of(metadata: Mapping[str, Any], knows: bool) -> dict[str, Any]:
    """Return what the page is told beside metadata.json; `knows`: whether it has the study's images."""
    removes_hair = metadata["hair"]["method"] == "blackhat"
    return {
        "removes_hair": removes_hair,
        "known": KNOWN if knows else None,
        "class_names": {label: class_name(label) for label in metadata["classes"]},
        "summary": f"Ablation cell {metadata['cell']}, protocol {metadata['protocol']}. "
        f"Trained on {trained_on(metadata['data'])}.",
        "about": about(metadata),
        "differences": differences(removes_hair, knows),
    }


def about(metadata: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the page says of the model, as terms with their texts."""
    lesion, symmetry, segmentation = metadata["lesion"], metadata["symmetry"], metadata["segmentation"]
    encoder, size = segmentation["settings"]["encoder"].removeprefix("tu-"), metadata["pack"]["size"]
    cams = "symmetry CAMs" if lesion["takes_cams"] else "no CAMs"
    count = len(lesion["networks"])
    return [
        ("Ablation cell", f"{metadata['cell']}: lesion networks given {MASKS[lesion['mask']]}, and {cams}"),
        ("Protocol", metadata["protocol"]),
        (
            "Trained on",
            "; ".join(f"{data['name']} ({data['images_trained_on']:,} images)" for data in metadata["data"]),
        ),
        ("Classes", ", ".join(map(class_name, metadata["classes"]))),
        ("Segmentation", f"{segmentation['architecture']} with the encoder {encoder}"),
        ("Symmetry", f"{symmetry['settings']['backbone']}, given {MASKS[symmetry['mask']]}"),
        (
            "Lesion",
            f"mean of {count} networks, {lesion['settings']['encoder']}; temperature {lesion['temperature']:.2f}",
        ),
        ("Packed image", f"{size} × {size} pixels ({metadata['pack']['fit']})"),
    ]


def trained_on(data: Sequence[Mapping[str, Any]]) -> str:
    """Return the data sets that networks were trained on, and how many of their images."""
    return ", ".join(f"{dataset['name']} ({dataset['images_trained_on']:,} images)" for dataset in data)


def differences(removes_hair: bool, knows: bool) -> list[str]:
    """Return how predictions of the page may differ from the study's."""
    decoding = (
        "The browser decodes the image, and writes and reads the hairless one as JPEG, where the study uses OpenCV: "
        "some pixels may differ by a grey level or two."
    )
    hair = (
        "Hair is removed by the study's method."
        if removes_hair
        else "No hair is removed, as the study's method does not run in a browser. The networks were trained on images "
        "without hair: on an image with hair, mask and probabilities differ from the study's."
    )
    copies = (
        "The study's own images are recognised by their files alone; a copy, or another photograph of the same lesion, "
        "is not."
        if knows
        else "The page cannot check whether the networks were trained on an image."
    )
    return [decoding, hair, copies]


def known_images(known: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what the page needs of the study's images, by SHA-256."""
    rows = known[["sha256", "image_id", "trained_on", *FOLDS]].to_dict("records")
    return {row.pop("sha256"): {str(key): value for key, value in row.items()} for row in rows}
