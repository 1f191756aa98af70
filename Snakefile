from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


configfile: Path(workflow.basedir) / "config.yaml"


report: "report/workflow.rst"


include: "rules/common.smk"
include: "rules/resources.smk"


wildcard_constraints:
    **study.constraints,


refuse_unusable_configuration()


include: "rules/demo.smk"
include: "rules/data.smk"
include: "rules/hair.smk"
include: "rules/pack.smk"
include: "rules/duplicates.smk"
include: "rules/splits.smk"
include: "rules/settings.smk"
include: "rules/segmentation.smk"
include: "rules/masks.smk"


if study.backbones:

    include: "rules/backbones.smk"


include: "rules/symmetry.smk"
include: "rules/cams.smk"
include: "rules/lesion.smk"
include: "rules/localisation.smk"
include: "rules/tables.smk"
include: "rules/comparisons.smk"


if study.further_sets:

    include: "rules/external.smk"


if study.source_cells:

    include: "rules/sources.smk"


include: "rules/bundle.smk"
include: "rules/figures.smk"
include: "rules/leaks.smk"
include: "rules/labels.smk"
include: "rules/tensorboard.smk"
include: "rules/report_images.smk"
include: "rules/run_record.smk"
include: "rules/verify.smk"
include: "rules/report.smk"
include: "rules/predict.smk"


if study.search.names:

    include: "rules/search.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        targets["tables"],
        targets["figures"],
        targets["report"],


for target, files in targets.items():

    rule:
        name:
            target
        input:
            files,
        localrule: True


refuse_unknown_targets()
