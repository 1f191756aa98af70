# Input functions, as common.smk: the files that a job needs, where a pattern does not say it.


def label_tables(dataset):
    """The files that say what a data set holds; on the demo the generator's list of all that it wrote."""
    if config["demo"]:
        return "data/manifest.json"
    source = config["data"][dataset]
    folders = [from_clone(folder) for folder in source["image_folders"]]
    return [str(path) for path in label_files(dataset, from_clone(source["folder"]), folders)]


def source_settings(wildcards):
    """Where a data set lies and how it is taken in."""
    source = config["data"][wildcards.dataset]
    return {
        "dataset": wildcards.dataset,
        "folder": from_clone(source["folder"]),
        "image_folders": [from_clone(folder) for folder in source["image_folders"]],
        "limit_per_class": source["limit_per_class"],
        "on_rejected": config["on_rejected"],
        "minimum_size": config["minimum_size"],
        "maximum_pixels": config["maximum_pixels"],
    }


def lesion_input(cell, protocol, dataset):
    """What the lesion network is given for a data set's images: pixels or frozen features, and CAMs."""
    mask, cam = split_cell(cell)
    named = {"rows": f"results/packed/{dataset}/manifest.parquet"}
    if FROZEN:
        folder = f"results/{protocol}/features/{dataset}/{mask}"
        named |= {"features": f"{folder}/features.npy", "features_rows": f"{folder}/manifest.parquet"}
    else:
        named |= packed(dataset) | masks_for(mask, protocol, dataset)
    if cam != "off":
        named["cams"] = f"results/{protocol}/cams/{dataset}/{cam}/cams.parquet"
    return named


def lesion_training_input(wildcards):
    """What a lesion cell's network is given for the images that it is trained on."""
    return lesion_input(wildcards.cell, wildcards.protocol, wildcards.lesion_dataset)


def testset_input(wildcards):
    """What it is given for the further test set of its data set, and that set's splits; their names say so."""
    dataset = testset_dataset(LESION_DATASETS[wildcards.lesion_dataset])
    named = lesion_input(wildcards.cell, wildcards.protocol, dataset)
    named["splits"] = f"results/{wildcards.protocol}/splits/{dataset}.parquet"
    return {f"testset_{name}": paths for name, paths in named.items()}


def scored_input(wildcards):
    """What it is given for HAM10000's images, on which its CAMs are compared with masks; their names say so."""
    named = lesion_input(wildcards.cell, wildcards.protocol, "ham10000")
    named["lesions"] = lesions_of(wildcards)
    return {f"scored_{name}": paths for name, paths in named.items()}


def lesion_settings(wildcards):
    """The file of what a lesion cell's training uses."""
    return settings_of("lesion", wildcards.protocol, wildcards.cell)


def of_folds(path, stage):
    """A file of every fold of a stage, as the output of a job that trains them all."""
    return expand(path, **{f"{stage}_fold": FOLDS[stage]}, allow_missing=True)


def fold_files(protocol, lesion_dataset, cell, name):
    """A file of every seed and fold of a lesion cell, seed by seed."""
    return expand(
        f"results/{protocol}/lesion/{lesion_dataset}/{cell}/seed-{{seed}}/fold-{{fold}}/{name}",
        seed=seeds_of(lesion_dataset, cell),
        fold=FOLDS["lesion"],
    )


def fold_files_of_cell(name):
    """A file of every seed and fold of the lesion cell that a job is about, as an input function."""
    return lambda wildcards: fold_files(wildcards.protocol, wildcards.lesion_dataset, wildcards.cell, name)


def cams_of_first_seed(wildcards):
    """The CAMs of a lesion cell's first seed: each cell has one network's, chosen from as many."""
    seed = seeds_of(wildcards.lesion_dataset, wildcards.cell)[0]
    return f"results/{wildcards.protocol}/lesion/{wildcards.lesion_dataset}/{wildcards.cell}/seed-{seed}/cams.parquet"


def trained_models(wildcards):
    """The ids that every network of the cascade was trained on."""
    folder = f"results/{wildcards.protocol}"
    symmetry = expand(
        f"{folder}/{{model}}/fold-{{fold}}/training_ids.parquet", model=SYMDERM_MODELS, fold=FOLDS["symmetry"]
    )
    lesion = [
        path
        for dataset, cells in CELLS_OF.items()
        for cell in cells
        for path in fold_files(wildcards.protocol, dataset, cell, "training_ids.parquet")
    ]
    return segmentation_files(wildcards, "training_ids.parquet") + symmetry + lesion


def all_predictions(wildcards):
    """What every symmetry and lesion network predicted."""
    folder = f"results/{wildcards.protocol}"
    symmetry = expand(
        f"{folder}/{{model}}/fold-{{fold}}/predictions/{{subset}}.parquet",
        model=SYMDERM_MODELS,
        fold=FOLDS["symmetry"],
        subset=["validation", "test"],
    )
    lesion = [
        path
        for dataset, further in LESION_DATASETS.items()
        for subset in ("validation", "test", further)
        for cell in CELLS_OF[dataset]
        for path in fold_files(wildcards.protocol, dataset, cell, f"predictions/{subset}.parquet")
    ]
    return symmetry + lesion


def testset_dataset(testset):
    """The data set that a further test set is part of."""
    return "isic2019" if testset == "isic2019" else "isic2016"


def isic2019_lines(wildcards):
    """What divides the predictions of ISIC2019, for cells whose networks predict it."""
    if LESION_DATASETS[wildcards.lesion_dataset] != "isic2019":
        return {}
    return {
        "isic2019_splits": f"results/{wildcards.protocol}/splits/isic2019.parquet",
        "training_ids": fold_files_of_cell("training_ids.parquet")(wildcards),
    }


def thesis_values(table):
    """The thesis's values of a table, where it has that table."""
    return from_clone(f"resources/thesis/table-{table}.csv") if SPECS[table].in_thesis else []


def segmentation_remarks(wildcards):
    """The study's remarks, and what its ensembles are, where it has any."""
    if not ENSEMBLE:
        return config["remarks"]
    return [*config["remarks"], ensemble_note(len(SEGMENTATION_FOLDS[wildcards.protocol]), FLIPS)]


def drawn_images(dataset, protocol):
    """The packed images of a data set with their masks, as the figures name them."""
    return {
        "images": packed(dataset)["images"],
        "packed": packed(dataset)["rows"],
        "packed_masks": true_masks(dataset),
        "masks": masks_for("seg", protocol, dataset)["masks"],
        "masks_manifest": f"results/{protocol}/masks/{dataset}/manifest.parquet",
        "splits": f"results/{protocol}/splits/{dataset}.parquet",
    }


def lesion_cams(cells):
    """The lesion CAMs of some cells on HAM10000."""
    return expand("results/{protocol}/lesion/ham10000/{cell}/cams.parquet", cell=cells, allow_missing=True)


def predictions_of_cells(cells, subset):
    """What the networks of some lesion cells of HAM10000 predicted of a set of images, as an input function."""
    return lambda wildcards: [
        path
        for cell in cells
        for path in fold_files(wildcards.protocol, "ham10000", cell, f"predictions/{subset}.parquet")
    ]


def cells_of_mask(mask):
    """The thesis's cells with one mask on their input."""
    return [cell for cell in THESIS_CELLS if cell.startswith(f"cls-{mask}_")]
