"""Terms of use of data sets."""

TERMS = {
    "ham10000": "HAM10000 and its lesion masks: CC BY-NC 4.0 (Tschandl, Rosendahl and Kittler 2018; masks: Tschandl et "
    "al. 2020).",
    "isic2019": "ISIC2019: CC BY-NC 4.0.",
    "isic2016": "ISIC2016: by the terms of each image in the ISIC Archive.",
    "symderm": "SymDerm v2.0 (Talavera-Martínez et al. 2023): states none; ask its authors.",
}
"""Terms of use of the thesis's data sets."""
