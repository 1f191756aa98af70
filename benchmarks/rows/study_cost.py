"""Jobs, processor hours and GPU hours of the default study, now and before, from a dry run and measured rates."""

from collections.abc import Mapping

from benchmarks.bench import Bench
from benchmarks.measuring import Line
from benchmarks.study_cost import BEFORE, NOTHING, Cost, costs, jobs_before, plan_default_study, rates_and_where

PEER = f"the workflow of {BEFORE}"


def by_stage(field: str, before: Mapping[str, Cost], now: Mapping[str, Cost]) -> str:
    """Return a field of each stage's cost, before and now, as words."""
    return "by stage, before and now: " + ", ".join(
        f"{stage} {getattr(before[stage], field):.3g}, {getattr(now[stage], field):.3g}" for stage in before
    )


def measure(bench: Bench) -> list[Line]:
    """Return a line a cost; hours of both versions are estimated from the same rates."""
    plan, (rates, where) = plan_default_study(bench.folder), rates_and_where()
    before, now = costs(jobs_before(), rates), costs(plan.jobs, rates)
    units = {"jobs": "jobs", "processor_hours": "processor hours", "gpu_hours": "GPU hours"}
    lines = [
        Line(
            what=f"the default study, {unit}",
            unit=unit.rpartition(" ")[2],
            higher_is_better=False,
            ours=(float(getattr(sum(now.values(), NOTHING), field)),),
            peer=(float(getattr(sum(before.values(), NOTHING), field)),),
            peer_name=PEER,
            note=by_stage(field, before, now),
        )
        for field, unit in units.items()
    ]
    submitted = Line(
        what="the default study, jobs of Slurm's",
        unit="jobs",
        higher_is_better=False,
        ours=(float(plan.submitted),),
        peer=(float(jobs_before().total()),),
        peer_name=PEER,
        note=f"of the default study's hours docs/results/cost says what they rest on; images/s of a GPU: {where}",
    )
    return [lines[0], submitted, *lines[1:]]
