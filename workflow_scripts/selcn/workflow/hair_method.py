"""The chosen method of hair removal, as the rules' parameters."""

from collections.abc import Mapping

SHARED = ("radius", "reference_height")
BLACK_HAT = ("kernel", "threshold")


def hair_method(hair: Mapping) -> dict[str, object]:
    """Return the method that `hair` of the configuration chooses, and the settings that it depends on, no others."""
    own = hair["lines"] if hair["method"] == "lines" else {key: hair[key] for key in BLACK_HAT}
    return {"method": hair["method"], "settings": {**own, **{key: hair[key] for key in SHARED}}}
