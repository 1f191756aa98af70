"""What the schema cannot say of a configuration."""

from collections.abc import Mapping


def backbone_refusal(symmetry: Mapping, weights: Mapping) -> str | None:
    """Return why a configuration's backbones cannot be had, and what to do; None where they can.

    Parameters
    ----------
    symmetry, weights
        These sections of the configuration.
    """
    backbone, backbones = symmetry["backbone"], symmetry["backbones"]
    if backbone == "auto" and not backbones:
        return (
            "symmetry.backbone is auto, but symmetry.backbones is empty; name there the networks to choose from, or "
            "one network in symmetry.backbone"
        )
    named = [("symmetry.backbones", name) for name in backbones]
    if backbone != "auto":
        named.append(("symmetry.backbone", backbone))
    for key, name in named:
        if name not in weights:
            return (
                f"{key} names {name}, but weights has no such key; add weights: {{{name}: hub}}, or random or a "
                "file in place of hub"
            )
    return None
