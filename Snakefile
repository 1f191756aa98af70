from pathlib import Path

from snakemake.utils import min_version, validate

min_version("9.0")


configfile: Path(workflow.basedir) / "config.yaml"


validate(config, "schemas/config.schema.yaml")


include: "rules/common.smk"
include: "rules/inputs.smk"
include: "rules/shards.smk"
include: "rules/networks.smk"


wildcard_constraints:
    **CONSTRAINTS,


refuse_unusable_configuration()


include: "rules/demo.smk"
include: "rules/data.smk"
include: "rules/hair.smk"
include: "rules/pack.smk"
include: "rules/splits.smk"
include: "rules/settings.smk"
include: "rules/segmentation.smk"
include: "rules/masks.smk"


if BACKBONES:

    include: "rules/backbones.smk"


include: "rules/symmetry.smk"
include: "rules/cams.smk"
include: "rules/lesion.smk"
include: "rules/localisation.smk"
include: "rules/tables.smk"
include: "rules/comparisons.smk"
include: "rules/figures.smk"
include: "rules/leaks.smk"
include: "rules/verify.smk"


if SEARCHES:

    include: "rules/search.smk"


localrules:
    all,
    hair,
    masks,
    symmetry,
    cams,
    lesion,
    isic2019,
    isic2016,
    tables,
    figures,
    search,


rule all:
    default_target: True
    input:
        TARGETS["tables"],
        TARGETS["figures"],


rule hair:
    input:
        TARGETS["hair"],


rule masks:
    input:
        TARGETS["masks"],


rule symmetry:
    input:
        TARGETS["symmetry"],


rule cams:
    input:
        TARGETS["cams"],


rule lesion:
    input:
        TARGETS["lesion"],


rule isic2019:
    input:
        TARGETS["isic2019"],


rule isic2016:
    input:
        TARGETS["isic2016"],


rule tables:
    input:
        TARGETS["tables"],


rule figures:
    input:
        TARGETS["figures"],


rule search:
    input:
        TARGETS["search"],


refuse_unknown_targets()
