"""Mutation scores: of how many deleted synchronisation instructions the interpreter's checks tell.

    python tools/benchmark/nvidia/mutation.py --build=build --output=scores.json

Runs `sattn-run --mutate` for every configuration of configurations.json and writes a JSON object: of each name `score` (0 to 1),
`detected` and `total` deletions, how many more are `equivalent` by a rule or `unreached` with these inputs, and `undetected`,
those that no run noticed. The file is written after each configuration, and configurations that it has are not run again. One
that takes longer than --time-limit is tried again with --short-limit deletions; its entry then has `tried`, how many. What
does not compile or run has no score, and the exit status is 1.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases
import configurations


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="folder with bin/sattn-run (default: build)")
    parser.add_argument("--output", required=True, help="JSON file with the scores")
    parser.add_argument("--filter", default="", help="regular expression that names must contain")
    parser.add_argument("--seeds", type=int, default=5, help="runs of each deletion (default: 5)")
    parser.add_argument("--limit", type=int, default=0, help="deletions per kernel (default: all)")
    parser.add_argument("--short-limit", type=int, default=25, help="deletions per kernel where all take too long (default: 25)")
    parser.add_argument("--time-limit", type=float, default=600, help="seconds per configuration (default: 600)")
    return parser.parse_args()


def run(arguments, configuration, limit, folder):
    """The `mutation` of sattn-run's report, None where the time is over, or the text of a failure."""
    report = os.path.join(folder, "report.json")
    command = [
        os.path.join(arguments.build, "bin", "sattn-run"),
        *cases.write_case(configuration, folder),
        f"--target=emulated-{configuration.target}",
        "--mutate",
        f"--mutate-seeds={arguments.seeds}",
        f"--mutate-limit={limit}",
        f"--report={report}",
    ]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=arguments.time_limit)
    except subprocess.TimeoutExpired:
        return None
    if result.returncode != 0:
        return next((line for line in result.stderr.splitlines() if "error:" in line), "failed")
    with open(report, encoding="utf-8") as file:
        return json.load(file)["mutation"]


def summarize(mutation):
    entry = {key: mutation[key] for key in ("score", "detected", "total", "equivalent", "unreached")}
    entry["undetected"] = [
        f"line {result['line']}: {result['instruction']}"
        for kernel in mutation["kernels"]
        for result in kernel["mutations"]
        if result["outcome"] == "undetected"
    ]
    tried = sum(len(kernel["mutations"]) for kernel in mutation["kernels"])
    if tried < sum(kernel["instructions"] for kernel in mutation["kernels"]):
        entry["tried"] = tried
    return entry


def main():
    arguments = read_arguments()
    scores, status = {}, 0
    if os.path.exists(arguments.output):
        with open(arguments.output, encoding="utf-8") as file:
            scores = json.load(file)
    for configuration in configurations.load():
        if configuration.name in scores or not re.search(arguments.filter, configuration.name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            mutation = run(arguments, configuration, arguments.limit, folder)
            mutation = mutation or run(arguments, configuration, arguments.short_limit, folder)
        if not isinstance(mutation, dict):
            reason = mutation or f"no score in {arguments.time_limit:g} s, even of {arguments.short_limit} deletions"
            print(f"{configuration.name}: {reason}", flush=True)
            status = 1
            continue
        scores[configuration.name] = summarize(mutation)
        entry = scores[configuration.name]
        print(
            f"{configuration.name}: {entry['detected']} of {entry['total']} ({100 * entry['score']:.1f} %), "
            f"{entry['equivalent']} equivalent, {entry['unreached']} unreached",
            flush=True,
        )
        for line in entry["undetected"]:
            print(f"    undetected {line}", flush=True)
        with open(arguments.output, "w", encoding="utf-8") as file:
            json.dump(scores, file, indent=1)
            file.write("\n")
    return status


sys.exit(main())
