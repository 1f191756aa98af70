"""Paths with wildcards, filled in as Snakemake fills them."""

from hypothesis import given
from hypothesis import strategies as st
from snakemake.io import expand as snakemake_expand

from selcn.workflow.paths import expand, fill

NAMES = st.sampled_from(["a", "b", "c"])
PATTERNS = st.lists(
    st.lists(NAMES, max_size=3).map(lambda names: "x/" + "/".join(f"{{{n}}}" for n in names)), max_size=3
)
VALUES = st.dictionaries(NAMES, st.one_of(st.text("pq", max_size=2), st.lists(st.integers(0, 3), max_size=3)))


@given(patterns=PATTERNS, values=VALUES)
def test_paths_are_those_of_snakemake_in_its_order(patterns, values):
    assert expand(patterns, **values) == snakemake_expand(patterns, **values, allow_missing=True)


def test_a_range_is_several_values_and_a_word_is_one():
    assert expand("{f}-{w}", f=range(2), w="ab") == ["0-ab", "1-ab"]


def test_other_wildcards_stay():
    assert fill("{protocol}/{cell}/{cell}", {"cell": "c"}) == "{protocol}/c/c"
