#!/usr/bin/env python3
"""Finds register tile and tile sizes for this machine by measuring, and writes its row of the target table.

    tools/dev/tune.py                              about two minutes on one core
    tools/dev/tune.py --quick                      fewer candidates, to see what it does
    tools/dev/tune.py --target=x86-64-v3           numbers for another row that this machine can execute

First every register tile that fits the vector registers, then query and key tiles around those that are selected for
the best one. A candidate's figure is its share of the peak of multiply-adds, measured by sattn-run beside it: the
median of rounds, in each of which all candidates take their turn, so that a slow phase of the machine hits all. The
work is dense and causal attention of one head, in CPU time of one thread. Prints

  - the table of candidates, best first,
  - the target as text, for --target= of every tool,
  - the row of lib/Target/KnownTargets.cpp.

The whole is a search in a few dozen points, no model: read the table, and take the row only if its lead is larger than
the spread (the third column) of its neighbours.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile

ROWS = 1024
PROGRAM = """!t = tensor<{rows}x{depth}xf32>
func.func @main(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {{
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 {window} outs(%o : !t) -> !t
  return %r : !t
}}
"""
WORKS = {"full": "", "causal": "window <*, 0>"}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default="sattn-run", help="the sattn-run to use (default: the one in PATH)")
    parser.add_argument("--target", default="native", help="the row to start from (default: native)")
    parser.add_argument("--name", default="NAME", help="what the row is to be called")
    parser.add_argument("--cpu", default="CPU", help="what LLVM calls the processor (llc --version says: Host CPU)")
    parser.add_argument("--depth", type=int, default=64, help="columns of query, key and value (default: 64)")
    parser.add_argument("--rounds", type=int, default=3, help="times that each candidate is measured (default: 3)")
    parser.add_argument("--quick", action="store_true", help="four register tiles, no query and key tiles, one round")
    return parser.parse_args()


class Meter:
    def __init__(self, options, folder):
        self.options, self.paths = options, {}
        for work, window in WORKS.items():
            self.paths[work] = os.path.join(folder, work + ".mlir")
            with open(self.paths[work], "w", encoding="utf-8") as file:
                file.write(PROGRAM.format(rows=ROWS, depth=options.depth, window=window))
        self.report = os.path.join(folder, "report.json")

    def measure(self, target, query, key):
        """Share of the peak of a candidate, over all works; None if it cannot be compiled."""
        select = f"sattn-select-tiling{{target={target} query={query} key={key}}}"
        shape = f"{ROWS}x{self.options.depth}xf32"
        shares = []
        for path in self.paths.values():
            command = [self.options.tool, path, f"--pipeline={select},sattn-to-cpu{{target={target}}}", "--threads=1",
                       "--benchmark", "--clock=cpu", "--repetitions=9", f"--report={self.report}",
                       *(f"--input={shape}=random:{seed}" for seed in range(3)), f"--input={shape}", f"--output=@{self.report}.npy"]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                print(f"left out {target}: {done.stderr.strip().splitlines()[0]}", file=sys.stderr)
                return None
            with open(self.report, encoding="utf-8") as file:
                shares.append(json.load(file)["benchmark"]["share_of_peak"])
        return statistics.geometric_mean(shares)

    def rank(self, candidates):
        """(median share, spread, candidate), best first. A candidate is (target, query, key)."""
        shares = {candidate: [] for candidate in candidates}
        for _ in range(self.options.rounds):
            for candidate in list(shares):
                share = self.measure(*candidate)
                if share is None:
                    del shares[candidate]
                else:
                    shares[candidate].append(share)
        if not shares:
            sys.exit("error: expected a candidate that can be compiled, found none")
        ranking = [(statistics.median(s), max(s) - min(s), candidate) for candidate, s in shares.items()]
        return sorted(ranking, key=lambda entry: -entry[0])


def register_tiles(registers, quick):
    """(rows, vectors) whose accumulators, one row of vectors and a broadcast fit; fewer than 8 accumulators cannot hide
    the latency of a multiply-add."""
    tiles = [(rows, vectors) for vectors in (1, 2, 3, 4) for rows in range(2, registers)
             if rows * vectors >= 8 and rows * vectors + vectors + 1 <= registers]
    tiles.sort(key=lambda tile: -tile[0] * tile[1])
    return tiles[:4] if quick else tiles[:12]


def read_target(options):
    """The numbers that sattn-explain prints for a target."""
    explain = os.path.join(os.path.dirname(options.tool), "sattn-explain")
    program = PROGRAM.format(rows=ROWS, depth=options.depth, window="")
    text = subprocess.run([explain, "-", f"--target={options.target}"], input=program, capture_output=True, text=True,
                          check=True).stdout
    registers, bits = map(int, re.search(r"registers (\d+) x (\d+) bits", text).groups())
    query, key = map(int, re.search(r"query = (\d+), key = (\d+)", text).groups())
    return registers, bits, query, key


def show(title, ranking):
    print(f"{title}\n  share of peak  spread  target, query tile, key tile (0: selected)")
    for share, spread, (target, query, key) in ranking:
        print(f"  {100 * share:12.1f} % {100 * spread:5.1f} %  {target} {query} {key}")


def main():
    options = parse()
    if options.quick:
        options.rounds = 1
    registers, bits, query, key = read_target(options)
    with tempfile.TemporaryDirectory(prefix="sattn-tune-") as folder:
        meter = Meter(options, folder)
        tiles = register_tiles(registers, options.quick)
        named = {f"{options.target},tile-rows={rows},tile-vectors={vectors}": (rows, vectors) for rows, vectors in tiles}
        ranking = meter.rank([(target, 0, 0) for target in named])
        show("register tiles", ranking)
        best = ranking[0][2][0]
        if not options.quick:
            sizes = [(best, q, k) for q in (query // 2, query, 2 * query) for k in (key // 2, key, 2 * key)]
            show("query and key tiles", meter.rank(sizes))
    rows, vectors = named[best]
    print(f"target: {best}")
    l1, l2 = (subprocess.run(["getconf", f"{name}_SIZE"], capture_output=True, text=True).stdout.strip() or "0"
              for name in ("LEVEL1_DCACHE", "LEVEL2_CACHE"))
    print(f'row: {{"{options.name}", "{platform.machine()}-unknown-linux-gnu", "{options.cpu}", /*vectorBits=*/{bits},\n'
          f"      /*numVectorRegisters=*/{registers}, /*tileRows=*/{rows}, /*tileVectors=*/{vectors},\n"
          f"      /*l1Bytes=*/{l1}, /*l2Bytes=*/{l2}, /*numThreads=*/{os.cpu_count()}}},")


if __name__ == "__main__":
    main()
