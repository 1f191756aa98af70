"""The page's folder of a bundle: its files, the libraries that run there, and what it says of the model."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from selcn.design.class_names import class_name
from selcn.design.prediction_marks import TEXTS, sentence
from selcn.prediction.bundle import METADATA
from selcn.prediction.known import FILES
from selcn.prediction.web.digest import PAGE, STYLES
from selcn.prediction.web.libraries import LIBRARIES, needed_libraries, unpack
from selcn.storage.artifacts import read_json, replacing, write_json

MASKS = {
    "none": "the whole image",
    "seg": "the lesion mask’s pixels, the rest black",
    "lae": "the LAE box, the rest black",
}
"""What a lesion network is given, by its input mask."""


def write_page(bundle: Path, archives: Mapping[str, Path]) -> None:
    """Write the page of a bundle into its folder `web`.

    Parameters
    ----------
    bundle
        The bundle's folder, complete but for the page and its checksums.
    archives
        The archives of `needed_libraries`, by their names.

    Raises
    ------
    selcn.prediction.web.libraries.LibraryError
        An archive is not the pinned one.
    """
    metadata, folder = read_json(bundle / METADATA), bundle / "web"
    shutil.copytree(PAGE, folder)
    shutil.copyfile(STYLES, folder / "report.css")
    libraries = [LIBRARIES[name] for name in needed_libraries(metadata["hair"]["method"])]
    for library in libraries:
        unpack(library, archives[library.name], folder)
    with replacing(folder / "licences/README.md") as temporary:
        temporary.write_text("".join(f"- {each.name} {each.version}: {each.licence}\n" for each in libraries))
    write_json(settings_of(metadata, (bundle / FILES).is_file()), folder / "settings.json")


def settings_of(metadata: Mapping[str, Any], knows: bool) -> dict[str, Any]:
    """Return what the page is told beside metadata.json; `knows`: whether it has the study's images."""
    removes_hair = "opencv-js" in needed_libraries(metadata["hair"]["method"])
    return {
        "removes_hair": removes_hair,
        "known": f"../{FILES}" if knows else None,
        "demo": metadata["demo"],
        "marks": {**{mark: sentence(text) for mark, text in TEXTS.items()}, "unrecognised": unrecognised(knows)},
        "class_names": {label: class_name(label) for label in metadata["classes"]},
        "summary": f"Ablation cell {metadata['cell']}, protocol {metadata['protocol']}. "
        f"Trained on {trained_on(metadata['data'])}.",
        "about": about(metadata),
        "differences": differences(removes_hair, knows),
    }


def unrecognised(knows: bool) -> str:
    """Return what the page says of each image that it does not recognise as one of the study."""
    if knows:
        return "Not the same file as an image of the study; copies of the study’s images are not recognised here."
    return "Not checked: whether this is an image of the study, or a copy of one."


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
    hair = (
        "Hair is removed by the study’s method, but inpainting rounds differently: about one value in a hundred "
        "of the packed image differs, by a few grey levels."
        if removes_hair
        else "No hair is removed, as the study’s method does not run in a browser. The networks were trained on images "
        "without hair: on an image with hair, mask and probabilities differ from the study’s."
    )
    copies = (
        "The study’s own images are recognised by their files alone; a copy, or another photograph of the same lesion, "
        "is not."
        if knows
        else "The page cannot check whether the networks were trained on an image."
    )
    return [hair, copies]
