"""The record of a run, results/report/run/run.json, and what of it does not come from logs.

Its keys::

    demo            whether the images are synthetic
    protocols       the protocols of the study
    command         Snakemake's command line of the run that wrote the record; null where it is unknown
    commit          the workflow's commit when the record was written, with -dirty where files differed; null outside
                    a clone
    started, ended  first start and last end of a job (ISO 8601, UTC); null without any. Jobs of the report, which
                    follow the record, are in none of these numbers
    total           what all jobs used:
                    jobs, attempts, unfinished_attempts (interrupted or failed), without_record (logs of former
                    versions, whose device, host and earlier attempts are unknown), hours (wall time), processor_hours,
                    gpu_hours (wall time of jobs on a GPU), memory_mb, gpu_memory_mb (the most of a job; null: unknown)
    stages          a list with the same keys and stage, in the order of the data; stages without a job are absent
    devices         attempts by device, of jobs that used torch: {"CPU": 12, "NVIDIA H200": 80}
    hosts           number of machines
    versions        snakemake and, of the environments that results were made in, python and packages, where all agree
    versions_differ {key: [values]} where these environments do not agree, such as device, precision or numpy
    commits         commits that the results were made at
    configuration   the configuration after all overlays
    differs         {"pack.size": {"default": 256, "value": 64}}: where it differs from config.yaml, in keys that
                    change results; null: absent or null
    seeds           {"split.seed": 42, "lesion.seeds": [42]}: every seed of the configuration
    data            {"ham10000": {"name", "images", "masks", "rejected", "images_sha256", "masks_sha256" (null without
                    masks), "label_tables": {file name: sha256}}}; see `selcn.report.run.checksums`
    lock_sha256     SHA-256 of envs/requirements.lock
    repeat          commands that repeat the run in a clone of the workflow, with a copy of configuration.yaml, which
                    lies beside the record; they check out the commit of the
                    results, or that of the record where the results have none or several
"""

from collections.abc import Iterable, Mapping, Sequence

from selcn.jobs.environment_record import PACKAGES


def versions_of(records: Iterable[Mapping[str, object]]) -> dict:
    """Return versions, versions_differ and commits of the record.

    Parameters
    ----------
    records
        The environment.json of every folder of results. What one does not say, such as the device of a job that used
        no torch, is no difference.
    """
    found: dict[str, dict[object, None]] = {}
    for record in records:
        for key, value in record.items():
            if value is not None:
                found.setdefault(key, {})[value] = None
    commits = sorted(map(str, found.pop("commit", {})))
    values = {key: sorted(of_key, key=str) for key, of_key in sorted(found.items())}
    return {
        "versions": {key: values[key][0] for key in ("python", *PACKAGES) if len(values.get(key, ())) == 1},
        "versions_differ": {key: several for key, several in values.items() if len(several) > 1},
        "commits": commits,
    }


def flattened(configuration: Mapping, above: str = "") -> dict[str, object]:
    """Return a configuration's values by the path of their key, such as `pack.size`."""
    values: dict[str, object] = {}
    for key, value in configuration.items():
        path = f"{above}{key}"
        values |= flattened(value, f"{path}.") if isinstance(value, Mapping) and value else {path: value}
    return values


def differences_from(defaults: Mapping, configuration: Mapping) -> dict[str, dict]:
    """Return the values of a configuration that are not the default ones, by the path of their key."""
    before, now = flattened(defaults), flattened(configuration)
    keys = sorted(key for key in {**before, **now} if before.get(key) != now.get(key))
    return {key: {"default": before.get(key), "value": now.get(key)} for key in keys}


def seeds_of(configuration: Mapping) -> dict[str, object]:
    """Return every seed of a configuration, by the path of its key."""
    return {
        key: value
        for key, value in flattened(configuration).items()
        if {"seed", "seeds"} & set(key.split(".")) and value is not None
    }


def commit_to_repeat(commits: Sequence[str], commit: str | None) -> str | None:
    """Return the commit to repeat a run from: the results' own, where they have a single one, else the record's."""
    return commits[0] if len(commits) == 1 else commit


def commands_to_repeat(commit: str | None, *, demo: bool) -> Sequence[str]:
    """Return the commands that repeat a run in a clone of the workflow."""
    profile, folder = ("demo", "demo") if demo else ("local", "study")
    return [
        *([f"git checkout {commit.removesuffix('-dirty')}"] if commit else []),
        "make environment",
        "source .venv/bin/activate",
        f"snakemake --profile profiles/{profile} --directory {folder} all --configfile configuration.yaml",
    ]
