"""The page that `hair_methods.py` writes: targets line by line, then the tables."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

RESAMPLES = 2000
KIND = ["colour", "width", "strands"]
HEAD = """# Hair removal

`python benchmarks/hair_methods.py`, on images of HAM10000 whose hair was judged by eye, before any method saw them
([images.csv](images.csv); doubtful ones were left out): {n} without any, from lesions on which no setting was chosen.
Half of the sample's lesions, by a hash of their ids, served to choose the settings of `lines`; everything here is from
the other half. `blackhat` is the thesis's method. Hair is drawn over the images without: curved, tapering, translucent
strands with a shadow, of widths at 450 pixels: thin 1 to 2, thick 2.5 to 4. PSNR is of all channels, SSIM of grey
values, both against the image before drawing. Intervals: 95 % of {resamples:,} bootstrap resamples of the images.
[study.md](study.md) says what changes in the networks after it.
"""


def interval(values: np.ndarray, digits: int, times: float = 1) -> str:
    """Return a mean with its interval, as text."""
    rng = np.random.default_rng(0)
    means = rng.choice(values, (RESAMPLES, len(values))).mean(axis=1) * times
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{values.mean() * times:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def rows_of(header: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *rows]) + "\n"


def shares(table: pd.DataFrame) -> str:
    """Return the table of replaced pixels, in per cent."""
    header = [
        "height",
        "method",
        "images",
        "replaced, mean",
        "median",
        "in the lesion",
        "outside",
        "images above 1.5 %",
    ]
    rows = []
    for (height, method), group in table.groupby(["height", "method"], sort=False):
        inside, outside = (interval(group[name].dropna().to_numpy(), 2, 100) for name in ("inside", "outside"))
        mean, median = interval(group["share"].to_numpy(), 2, 100), f"{100 * group['share'].median():.2f}"
        above = f"{(group['share'] > 0.015).sum()}"
        rows.append([str(height), method, str(len(group)), mean, median, inside, outside, above])
    return rows_of(header, rows)


def gains(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the gain in PSNR and SSIM."""
    return table.assign(
        psnr=table["psnr_after"] - table["psnr_before"], ssim=table["ssim_after"] - table["ssim_before"]
    )


def drawn(table: pd.DataFrame) -> str:
    """Return the table of drawn hair, by size, kind of hair and method."""
    header = ["height", "hair", "method", "PSNR gain, dB: mean", "median", "SSIM gain: mean", "median"]
    header += ["SSIM lower in", "sensitivity", "precision"]
    rows = []
    for (height, colour, width, strands, method), group in table.groupby(["height", *KIND, "method"], sort=False):
        psnr, ssim = (interval(group[name].to_numpy(), digits) for name, digits in (("psnr", 2), ("ssim", 4)))
        medians = f"{group['psnr'].median():.2f}", f"{group['ssim'].median():.4f}"
        lower = f"{(group['ssim'] < 0).sum()} of {len(group)}"
        found = [f"{group[name].mean():.2f}" for name in ("sensitivity", "precision")]
        kind = f"{colour}, {width}, {strands}"
        rows.append([str(height), kind, method, psnr, medians[0], ssim, medians[1], lower, *found])
    return rows_of(header, rows)


def targets(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the targets, and whether `lines` meets each, by the images' height."""
    rows = []
    for height, free in tables["without_hair"].groupby("height", sort=False):
        hair = tables["drawn_hair"]
        means = hair[hair["height"] == height].groupby([*KIND, "method"], sort=False)[["psnr", "ssim"]].mean().unstack()
        share = 100 * free.loc[free["method"] == "lines", "share"].mean()
        dark, light = means["psnr"].loc["dark"], means["psnr"].loc["light"]
        short = dark[dark["lines"] < dark["blackhat"]]
        lower = means["ssim"]["lines"].min()
        of_height = hair[hair["height"] == height]
        single = (of_height["ssim"] < 0).groupby(of_height["method"]).sum()
        drawn_images = len(of_height) // 2
        worse = f"lower in {single['lines']} of {drawn_images} (blackhat: {single['blackhat']})"
        missed = [
            f"{width}, {strands}: {row.lines:.2f}, {row.blackhat:.2f}" for (width, strands), row in short.iterrows()
        ]
        pooled = f"over all kinds {dark['lines'].mean():.2f} dB, blackhat {dark['blackhat'].mean():.2f} dB"
        rows += [
            [str(height), "replaced without hair: at most 1.5 %", f"{share:.2f} %", met(share <= 1.5)],
            [
                str(height),
                "dark hair: PSNR gain at least that of blackhat, in each kind",
                f"{pooled}; lower in {len(short)} of {len(dark)} kinds" + (f" ({'; '.join(missed)})" if missed else ""),
                met(short.empty),
            ],
            [
                str(height),
                "light hair: PSNR gain above 0, in each kind",
                f"{light['lines'].min():.2f} dB or more",
                met(light["lines"].min() > 0),
            ],
            [str(height), "mean SSIM no lower than before, in each kind", f"{lower:+.4f} or more", met(lower >= 0)],
            [str(height), "SSIM no lower than before, in each image", worse, met(not single["lines"])],
        ]
    return rows_of(["height", "target", "measured", ""], rows)


def met(yes: bool) -> str:
    """Return whether a target is met, as a word."""
    return "met" if yes else "missed"


def report(tables: Mapping[str, pd.DataFrame]) -> str:
    """Return the page."""
    tables = {**tables, "drawn_hair": gains(tables["drawn_hair"])}
    free, visible = tables["without_hair"], tables["with_hair"]
    count = tables["without_hair"]["image_id"].nunique()
    times = tables["seconds"].pivot(index="image_id", columns="method", values="seconds")
    ratio = times["lines"] / times["blackhat"]
    speed = (
        f"Processor time from JPEG to JPEG, of {len(times)} images at 600x450: blackhat "
        f"{1000 * times['blackhat'].median():.1f} ms, lines {1000 * times['lines'].median():.1f} ms (medians); the "
        f"ratio has a median of {ratio.median():.2f} and a maximum of {ratio.max():.2f}.\n"
    )
    parts = [HEAD.format(n=count, resamples=RESAMPLES), "## Targets\n", targets(tables)]
    parts += ["## Images without hair: per cent of pixels replaced\n", shares(free)]
    parts += ["## Images with visible hair: per cent of pixels replaced\n", shares(visible)]
    parts += ["## Drawn hair\n", drawn(tables["drawn_hair"]), "## Time\n", speed]
    return "\n".join(parts)
