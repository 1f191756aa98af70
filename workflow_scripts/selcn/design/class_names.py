"""Names of the classes of lesions in prose."""

CLASS_NAMES = {
    "akiec": "actinic keratoses",
    "bcc": "basal cell carcinoma",
    "bkl": "benign keratosis-like lesions",
    "df": "dermatofibroma",
    "mel": "melanoma",
    "nv": "melanocytic nevi",
    "scc": "squamous cell carcinoma",
    "unk": "none of the other classes",
    "vasc": "vascular lesions",
}


def class_name(label: str) -> str:
    """Return a class's name with its label, such as "melanoma (mel)"; the label alone if it is a word."""
    return f"{CLASS_NAMES[label]} ({label})" if label in CLASS_NAMES else label
