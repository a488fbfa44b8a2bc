"""Prints what a report says about work, and checks its arithmetic."""

import json
import sys

with open(sys.argv[1]) as file:
    timing = json.load(file)["benchmark"]
flops = timing["flops"]
assert ("flops_per_second" in timing) == (flops > 0)
if flops > 0:
    assert abs(timing["flops_per_second"] * timing["median_seconds"] / flops - 1) < 1e-9
    assert abs(timing["share_of_peak"] * timing["peak_flops_per_second"] / timing["flops_per_second"] - 1) < 1e-9
print("flops", float(flops), "given", timing["flops_given"], "not counted", timing["flops_not_counted"],
      "ignored", timing["flops_ignored_clauses"])
