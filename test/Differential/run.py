#!/usr/bin/env python3
"""Compares what sattn-run computes with a float64 evaluation written in NumPy.

Each case is a random program with random inputs, made from a family and a seed, so a line of this tool's output is all that
is needed to make it again. Failures leave a folder with the IR, the inputs, the expected outputs and a script that runs it.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import cases
import families  # noqa: F401
from program import render
from runner import PIPELINES, Failure, Runner

EPILOGUE = """examples:
  run.py --cases=2000 --seed=1                    2000 cases through the reference pipeline
  run.py --pipeline=cpu --cases=2000 --jobs=2     the fused CPU path, two at a time
  run.py --pipeline=nvidia --cases=200            kernels for sm_80, in the interpreter of PTX
  run.py --pipeline=cpu --between=cse             and common subexpressions are merged before every pass
  run.py --family=decode --family=levels          only these families
  run.py --case=decode:17 --pipeline=cpu          one case again
  run.py --case=decode:17 --print                 its program
"""


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, epilog=EPILOGUE, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tool", default="sattn-run", help="the sattn-run to test (default: the one in PATH)")
    parser.add_argument("--pipeline", default="reference",
                        help=f"{', '.join(PIPELINES)}, or the name of any other pipeline (default: reference)")
    parser.add_argument("--between", metavar="PASS", help="run this pass, too, before every pass of the pipeline and after the last")
    parser.add_argument("--cases", type=int, default=200, metavar="N", help="how many cases (default: 200)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="seed of the first case; they count up (default: 0)")
    parser.add_argument("--family", action="append", metavar="NAME", help="only this family; may be repeated")
    parser.add_argument("--case", action="append", metavar="FAMILY:SEED", help="this case alone; may be repeated")
    parser.add_argument("--batch", type=int, default=8, metavar="N", help="cases per process (default: 8)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at a time (default: 1)")
    parser.add_argument("--seconds", type=float, metavar="T", help="start nothing new after this time")
    parser.add_argument("--option", action="append", default=[], metavar="TEXT", help="passed on to sattn-run; may be repeated")
    parser.add_argument("--allow-refusal", action="store_true", help="a clean diagnostic is not a failure")
    parser.add_argument("--keep", default="differential-failures", metavar="DIR", help="folder for failures (default: %(default)s)")
    parser.add_argument("--print", action="store_true", help="print the programs and run nothing")
    parser.add_argument("--list", action="store_true", help="list the families and stop")
    return parser.parse_args(arguments)


def chosen(options):
    """(family, seed) of the cases of this run."""
    for text in options.case or ():
        name, _, seed = text.partition(":")
        if name not in cases.FAMILIES or not seed.isdigit():
            sys.exit(f"run.py: error: expected FAMILY:SEED with a family of --list, got '{text}'")
        yield name, int(seed)
    if not options.case:
        for seed in range(options.seed, options.seed + options.cases):
            yield cases.pick(seed, options.family), seed


def groups(items, size):
    group = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def examine(runner, group):
    """(case, problem or None) of each case. A batch that gives no result is run again one by one."""
    try:
        results = runner.run([case.program for case in group])
    except Failure as failure:
        if len(group) == 1:
            return [(group[0], str(failure))]
        return [result for case in group for result in examine(runner, [case])]
    return [(case, "; ".join(case.problems(outputs)) or None) for case, outputs in zip(group, results)]


class Report:
    def __init__(self, options, runner):
        self.options, self.runner = options, runner
        self.total, self.failed, self.refused = 0, 0, 0
        self.names = set()

    def add(self, case, problem):
        self.total += 1
        self.names.add(case.family)
        if problem is None:
            return
        if problem.startswith("refused") and self.options.allow_refusal:
            self.refused += 1
            return
        self.failed += 1
        folder = self.runner.keep(self.options.keep, case, problem)
        note = f" ({case.note})" if case.note else ""
        print(f"FAIL {case.name}{note}: {problem} [{folder}]", flush=True)

    def finish(self, seconds):
        refused = f", {self.refused} refused" if self.refused else ""
        print(f"{self.total} cases of {len(self.names)} families through {self.options.pipeline}: "
              f"{self.failed} failed{refused} ({seconds:.1f} s)")
        return 1 if self.failed or not self.total else 0


def main(arguments=None):
    options = parse(arguments)
    if options.list:
        for name, (function, _) in sorted(cases.FAMILIES.items()):
            print(f"{name:22}{(function.__doc__ or '').strip().splitlines()[0] if function.__doc__ else ''}")
        return 0
    unknown = set(options.family or ()) - set(cases.FAMILIES)
    if unknown:
        sys.exit(f"run.py: error: expected a family of --list, got '{sorted(unknown)[0]}'")
    if options.print:
        for case in (cases.make(*key) for key in chosen(options)):
            print(f"// {case.name} {case.note}\n{render([case.program])}")
        return 0
    started = time.monotonic()
    runner = Runner(options.tool, options.pipeline, tuple(options.option), between=options.between)
    report = Report(options, runner)
    late = lambda: options.seconds is not None and time.monotonic() - started > options.seconds
    work = lambda group: [] if late() else examine(runner, [cases.make(*key) for key in group])
    with ThreadPoolExecutor(options.jobs) as pool:
        for results in pool.map(work, groups(chosen(options), options.batch)):
            for case, problem in results:
                report.add(case, problem)
    return report.finish(time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
