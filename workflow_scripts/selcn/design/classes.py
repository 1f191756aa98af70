"""Classes of the networks that do not depend on a declared data set."""

SYMMETRY_CLASSES = ("asymmetric", "symmetric")
"""Classes of a symmetry network, in the order of its logits."""

MALIGNANCY_CLASSES = ("benign", "malignant")
"""Classes of the sham control `malignancy`, which is trained like a symmetry network."""
