"""Prints lit's totals as the line `N passed, N failed, N skipped`.

usage: count-results.py RESULTS.json   (what `lit -o RESULTS.json` wrote)

Exit status 1 if a test failed or none ran.
"""

import collections
import json
import sys

PASSED = {"PASS", "FLAKYPASS", "XFAIL"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main(path):
    with open(path, encoding="utf-8") as file:
        tests = json.load(file)["tests"]
    counts = collections.Counter(
        "passed" if test["code"] in PASSED else "skipped" if test["code"] in SKIPPED else "failed"
        for test in tests
    )
    if counts["passed"] + counts["failed"] == 0:
        print("error: no test ran", file=sys.stderr)
    for test in tests:
        if test["code"] not in PASSED | SKIPPED:
            print(f"failed: {test['name']}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
