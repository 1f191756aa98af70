"""SE-LCN: a symmetry-enhanced cascade for skin-lesion classification, as a workflow of cached artifacts."""
