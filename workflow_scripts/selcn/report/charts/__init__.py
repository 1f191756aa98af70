"""Charts of the report's page as inline SVG: forest plots, values beside the thesis's, subgroups, hours and splits.

    from selcn.report.charts.catalogue import charts_of

    charts = charts_of({"thesis": {"comparisons": frame, "table-08a": frame, "subgroups": frame, ...}, "leakfree": ...})
    charts["comparisons/predictions/cams"]      a list of `Chart`: one for each metric
    charts["table-08a/validation"]              one for each metric: ours in each protocol, and the thesis's values
    charts["subgroups/ham10000/cls-none_sym-off"]

`Chart` (`selcn.report.charts.chart`) has `name`, `title`, `description` and `svg`. A chart is 350 to 460 pixels wide,
so charts of one key stand in a grid: `grid-template-columns: repeat(auto-fit, minmax(min(100%, 350px), 1fr))`, each in
a container with `overflow-x: auto`. Colours are `currentColor` and the page's `--thesis`, `--leakfree`, `--ground`,
`--line` and `--muted`; those of the SVG files beside the PNG figures also `--blue`, `--vermilion`, `--green` and
`--orange`, all with a fallback (`selcn.report.charts.svg`).
"""
