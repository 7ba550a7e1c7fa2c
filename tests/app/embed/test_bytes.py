"""What a host page downloads for each widget stays within its budget, or the build says no."""

import pytest

from bench.bytes import BUDGETS, measure


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_widget_costs_a_page_more_than_its_budget(language):
    pytest.importorskip("minify", reason="no tdewolff-minify: sizes are not those of a release")
    sums = measure(language)["sums"]

    over = {
        name: sums[name]
        for name, (cold, warm) in BUDGETS.items()
        if name in sums
        and (sums[name]["gzip"] > cold * 1000 or (warm is not None and sums[name]["warm_gzip"] > warm * 1000))
    }

    assert over == {}
