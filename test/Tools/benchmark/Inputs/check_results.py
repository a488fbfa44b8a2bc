"""The structure of the results and the arithmetic in them."""

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    results = json.load(file)
assert results["finished"] and results["machine"]["cores"] >= 1 and "sattn" in results["versions"]
assert [row["name"] for row in results["rows"]] == ["causal B=8 H=12 T=64 d=64", "one call: full B=1 H=1 T=1 d=8"]
causal, call = results["rows"]
# 64 * 65 / 2 pairs of 8 * 12 heads, each with 2 * 64 multiply-adds.
assert causal["flops"] == 8 * 12 * (64 * 65 // 2) * 2 * 2 * 64, causal["flops"]
assert call["flops"] == 2 * 2 * 8
for row in results["rows"]:
    assert row["threads"] == 1 and row["clock"] == "cpu" and row["peak"]["median"] > 1e8
    (ours,) = row["participants"]
    assert ours["role"] == "ours" and ours["status"] == "measured" and 0 <= ours["error"] < 1e-5
    time, share = ours["time"], ours["share"]
    assert len(ours["times"]) == results["settings"]["rounds"] == 3
    assert 0 < time["first_quartile"] <= time["median"] <= time["third_quartile"]
    assert min(ours["times"]) <= time["median"] <= max(ours["times"])
    assert ours["over_ours"]["median"] == 1 and 0 < share["median"] < 1.2
    assert ours["compile_seconds"] > 0 and row["warm_compile_seconds"] > 0
    assert ours["memory"] is None or ours["memory"] >= 0
