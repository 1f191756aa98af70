"""Names of the data sets, and the classes of the networks."""

DATASETS = {"ham10000": "HAM10000", "symderm": "SymDerm v2.0", "isic2019": "ISIC2019", "isic2016": "ISIC2016"}
"""Each data set's name in prose."""

LESION_CLASSES = {
    "ham10000": ("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"),
    "isic2016": ("benign", "malignant"),
}
"""Classes of a lesion network by its training data set, in the order of its logits."""

SYMMETRY_CLASSES = ("asymmetric", "symmetric")
"""Classes of a symmetry network, in the order of its logits."""

MALIGNANCY_CLASSES = ("benign", "malignant")
"""Classes of the sham control `malignancy`, which is trained like a symmetry network."""

TEST_SETS = {"ham10000": "isic2019", "isic2016": "official_test"}
"""The further test set of lesion networks, by their training data set."""
