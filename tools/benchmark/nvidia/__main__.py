"""Compiles the kernels for NVIDIA chips, runs them emulated, and writes a page of what they take and do.

    tools/benchmark/nvidia-kernels                        all; about ten minutes on one core
    tools/benchmark/nvidia-kernels --filter=causal        those whose names contain it; the others stay as they were
    tools/benchmark/nvidia-kernels --mutation=FILE        with scores: {NAME: {"detected": ..., "total": ...}}
    tools/benchmark/nvidia-kernels --render               the page again, from the results of before
    tools/benchmark/nvidia-kernels --check=PAGE --filter=...
                                                          fails where rows differ from those of a page
    tools/benchmark/nvidia-kernels --list                 names and targets
    tools/benchmark/nvidia-kernels --programs=FOLDER      writes FOLDER/NAME.mlir for each

The page that is kept is made by --output=tools/benchmark/results/nvidia-kernels.md.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import configurations
import measurement
import page


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", help="folder with bin/sattn-explain and so on (default: build)")
    parser.add_argument("--filter", default="", help="regular expression that names must contain")
    parser.add_argument("--mutation", metavar="FILE", help="JSON file with scores of mutation tests")
    parser.add_argument("--results", metavar="FILE", help="where figures are kept (default: BUILD/benchmark/nvidia-kernels.json)")
    parser.add_argument("--output", metavar="FILE", help="where the page goes (default: beside the figures)")
    parser.add_argument("--render", action="store_true", help="measure nothing")
    parser.add_argument("--check", metavar="PAGE", help="compare with a page instead of writing one")
    parser.add_argument("--list", action="store_true", help="print names and targets")
    parser.add_argument("--programs", metavar="FOLDER", help="write the program of each configuration")
    return parser.parse_args()


def write_programs(chosen, folder):
    os.makedirs(folder, exist_ok=True)
    for configuration in chosen:
        with open(os.path.join(folder, configuration.name + ".mlir"), "w", encoding="utf-8") as file:
            file.write(configuration.problem.program())


def ptxas_version():
    program = shutil.which("ptxas") or "/usr/local/cuda/bin/ptxas"
    if not os.path.exists(program):
        return "none"
    text = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    match = re.search(r"release (\S+?),", text)
    return match[1] if match else "of an unknown version"


def measure_all(chosen, build, show):
    rows = {}
    for configuration in chosen:
        row = measurement.measure(build, configuration)
        rows[configuration.name] = row
        if show:
            print(configuration.name + ":", row.get("failure") or " ".join(page.cells(row, None)), flush=True)
    return {"ptxas": ptxas_version(), "rows": rows}


def merge(old, new):
    """The figures of before with those that are new, in the order of the configurations."""
    rows = (old["rows"] if old["ptxas"] == new["ptxas"] else {}) | new["rows"]
    return {"ptxas": new["ptxas"], "rows": {c.name: rows[c.name] for c in configurations.load() if c.name in rows}}


def load_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(path, text):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    arguments = read_arguments()
    chosen = [c for c in configurations.load() if re.search(arguments.filter, c.name)]
    if not chosen:
        sys.exit(f"error: expected a --filter that some name contains, got '{arguments.filter}'")
    if arguments.list or arguments.programs:
        if arguments.list:
            print("\n".join(f"{c.name} {c.target}" for c in chosen))
        if arguments.programs:
            write_programs(chosen, arguments.programs)
        return
    if arguments.check:
        differences = page.compare(measure_all(chosen, arguments.build, show=False), open(arguments.check).read())
        print("\n".join(differences) or f"{len(chosen)} rows are as on the page")
        sys.exit(bool(differences))
    results = arguments.results or os.path.join(arguments.build, "benchmark", "nvidia-kernels.json")
    if not arguments.render:
        figures = measure_all(chosen, arguments.build, show=True)
        if os.path.exists(results):
            figures = merge(load_json(results), figures)
        write(results, json.dumps(figures, indent=1) + "\n")
    scores = load_json(arguments.mutation) if arguments.mutation else {}
    output = arguments.output or os.path.splitext(results)[0] + ".md"
    write(output, page.render(load_json(results), scores))
    print(f"page: {output}")


main()
