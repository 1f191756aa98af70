"""Names, numbers and order of the models in tables."""

from selcn.design.cam_sources import ORACLES, is_oracle
from selcn.design.cells import CELLS, split_cell

MODELS = {
    "segmentation": ("deeplabv3plus", "unet"),
    "backbone": ("resnet34", "efficientnet_b0", "shufflenet_v2_x1_0", "squeezenet1_0"),
    "symmetry": ("scratch-none", "none", "seg", "lae"),
    "lesion": CELLS,
}
"""The thesis's models of each stage, in its order."""

HEADS = {
    "segmentation": ("Model",),
    "backbone": ("Backbone",),
    "symmetry": ("#", "Input", "Pretrained"),
    "lesion": ("#", "Lesion input", "Symmetry input"),
}
"""Columns that name a model in a table."""

_ARCHITECTURES = {
    "deeplabv3": "DeepLabv3",
    "deeplabv3plus": "DeepLabv3+",
    "dpt": "DPT",
    "fpn": "FPN",
    "linknet": "LinkNet",
    "manet": "MA-Net",
    "pan": "PAN",
    "pspnet": "PSPNet",
    "segformer": "SegFormer",
    "unet": "U-Net",
    "unetplusplus": "U-Net++",
    "upernet": "UPerNet",
}
_ENSEMBLE = "-ensemble"
_BACKBONES = {
    "resnet18": "ResNet18",
    **dict(zip(MODELS["backbone"], ("ResNet34", "EfficientNet-B0", "ShuffleNetV2", "SqueezeNet"), strict=True)),
}
_MASKS = {"none": "no mask", "seg": "segmentation mask", "lae": "LAE box"}
_SHAMS = {"off": "no CAMs", **_MASKS}


def number_of(family: str, model: str) -> int | None:
    """Return the thesis's number of a model, from 1; None for a model without one."""
    known = MODELS[family]
    return known.index(model) + 1 if family in ("symmetry", "lesion") and model in known else None


def group_of(family: str, model: str) -> str:
    """Return the group within which the best model is marked: for lesion models, the mask on their input."""
    return split_cell(model)[0] if family == "lesion" else ""


def is_ranked(family: str, model: str) -> bool:
    """Return whether a model may be marked as the best: not an oracle control, which is given the label."""
    return family != "lesion" or not is_oracle(model)


def order_of(family: str, model: str) -> tuple:
    """Return a key that sorts models as the thesis does; models that are not the thesis's come last in their group.

    An ensemble follows its architecture; oracle controls come after sham controls.
    """
    if family != "lesion":
        return *place(MODELS[family], model.removesuffix(_ENSEMBLE)), model.endswith(_ENSEMBLE)
    mask, source = split_cell(model)
    oracle = (*ORACLES, source).index(source) if is_oracle(model) else -1
    return *place(tuple(_MASKS), mask), oracle, *place(tuple(_SHAMS), source)


def place(known: tuple[str, ...], name: str) -> tuple[int, str]:
    """Return a key that sorts names in a known order, unknown names last and alphabetically."""
    return (known.index(name) if name in known else len(known), name)


def label_of(family: str, model: str) -> tuple[str, ...]:
    """Return a model's label: one text for each of its family's `HEADS`."""
    if family == "segmentation":
        architecture = model.removesuffix(_ENSEMBLE)
        return (_ARCHITECTURES.get(architecture, architecture) + (", ensemble" if architecture != model else ""),)
    if family == "backbone":
        return (_BACKBONES.get(model, model),)
    number = str(number_of(family, model) or "–")
    if family == "symmetry":
        # The sham control and the model from scratch have no mask.
        return number, _MASKS.get(model, _MASKS["none"]), "no" if model.startswith("scratch-") else "yes"
    mask, source = split_cell(model)
    kind = "oracle" if is_oracle(model) else "sham"
    return number, _MASKS.get(mask, mask), _SHAMS.get(source, f"{kind} control: {source}")
