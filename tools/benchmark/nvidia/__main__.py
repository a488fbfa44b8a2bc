"""The kernels for NVIDIA chips that the page lists.

    python tools/benchmark/nvidia --list               names and targets
    python tools/benchmark/nvidia --programs=FOLDER    writes FOLDER/NAME.mlir for each
"""

import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import configurations


def write_programs(chosen, folder):
    os.makedirs(folder, exist_ok=True)
    for configuration in chosen:
        with open(os.path.join(folder, configuration.name + ".mlir"), "w", encoding="utf-8") as file:
            file.write(configuration.problem.program())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print names and targets")
    parser.add_argument("--programs", metavar="FOLDER", help="write the program of each configuration")
    arguments = parser.parse_args()
    chosen = configurations.load()
    if arguments.list:
        for configuration in chosen:
            print(configuration.name, configuration.target)
    if arguments.programs:
        write_programs(chosen, arguments.programs)


main()
