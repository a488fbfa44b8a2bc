#!/usr/bin/env python3
"""Counts instructions in each innermost loop of an assembly file.

    sattn-compile attention.mlir --target=x86-64-v3 --emit=asm | count-inner-loops.py -
    count-inner-loops.py attention.s --min-fma 8        only loops with 8 FMAs or more

Reads what LLVM prints for x86-64 (AT&T syntax) and AArch64, with its comments:
these say where an innermost loop starts, which blocks belong to it, and which
accesses of the stack are spills. One line for each loop, in the order of the file:

    attention depth 6: 27 instructions, 12 fma, 8 loads, 6 broadcasts, 0 stores,
    0 shuffles, 0 spills                                   (on one line)

loads       instructions that read memory, also as an operand, also a broadcast
broadcasts  of one element from memory to all lanes (AArch64: FMAs that take one
            factor by lane, which need none, count as well)
shuffles    instructions that move elements between lanes or registers
spills      registers that are written to the stack, or read back, for want of
            registers; these are loads and stores, too
"""

import argparse
import re
import sys

FIELDS = ["instructions", "fma", "loads", "broadcasts", "stores", "shuffles", "spills"]

LABEL = re.compile(r"^(?:\.LBB(\d+_\d+):|(?:#|//) %bb\.\d+:)")
FUNCTION = re.compile(r"^([A-Za-z_][\w.$]*):")
INNER = re.compile(r"=>\s*This Inner Loop Header: Depth=(\d+)")
MEMBER = re.compile(r"in Loop: Header=BB(\d+_\d+) Depth=(\d+)")


class X86:
    """AT&T syntax: the destination comes last, memory is in parentheses."""

    COMMENT = "#"
    FMA = re.compile(r"vf(n?m)(add|sub)")
    SHUFFLE = re.compile(
        r"v?(p?shuf|perm|vperm|p?unpck|p?insr|insert|p?extr|extract|p?align|blend(ps|pd)$|"
        r"pblend[dw]$|mov[sld]+dup|movhlps|movlhps|ps[lr]ldq|pack|compress|expand)"
    )

    @staticmethod
    def count(name, operands):
        memory = [operand for operand in operands if "(" in operand]
        is_store = bool(memory) and operands[-1] is memory[-1] and not name.startswith(("cmp", "test", "vucomi"))
        is_load = bool(memory) and not name.startswith(("lea", "prefetch", "nop"))
        if is_store and "mov" in name:
            is_load = False
        from_memory = bool(memory) and not is_store
        broadcast = "broadcast" in name
        return {
            "fma": bool(X86.FMA.match(name)),
            "loads": is_load,
            "broadcasts": (broadcast and from_memory) or any("{1to" in operand for operand in memory),
            "stores": is_store,
            "shuffles": bool(X86.SHUFFLE.match(name)) or (broadcast and not from_memory),
        }


class AArch64:
    COMMENT = "//"
    FMA = re.compile(r"f(n?m)(la|ls|add|sub)$")
    SHUFFLE = re.compile(r"(zip|uzp|trn|tbl|tbx|ext|rev\d*|ins|dup)\d?$")

    @staticmethod
    def count(name, operands):
        lane = re.compile(r"^v\d+(\.\w+)?\[\d+\]$")
        fma = bool(AArch64.FMA.match(name))
        moves_lane = name == "mov" and any(lane.match(operand) for operand in operands)
        return {
            "fma": fma,
            "loads": name.startswith("ld"),
            "broadcasts": (name.startswith("ld") and name.endswith("r") and name != "ldr" and name != "ldur")
            or (fma and bool(lane.match(operands[-1]))),
            "stores": name.startswith("st"),
            "shuffles": moves_lane or bool(AArch64.SHUFFLE.match(name)),
        }


def split_operands(text):
    """`8(%rax,%rcx,4), %ymm0` -> two operands."""
    return [operand.strip() for operand in re.split(r",\s*(?![^(\[{]*[)\]}])", text) if operand.strip()]


class Loop:
    def __init__(self, function, depth):
        self.function, self.depth = function, depth
        self.counts = dict.fromkeys(FIELDS, 0)

    def add(self, machine, line):
        code, _, comment = line.partition(machine.COMMENT + " ")
        name, _, rest = code.strip().partition("\t")
        self.counts["instructions"] += 1
        for field, value in machine.count(name.strip(), split_operands(rest)).items():
            self.counts[field] += value
        self.counts["spills"] += bool(re.search(r"Spill|Reload", comment))

    def __str__(self):
        counts = ", ".join(f"{self.counts[field]} {field}" for field in FIELDS)
        return f"{self.function} depth {self.depth}: {counts}"


def read_loops(text):
    machine = AArch64 if re.search(r"^\s*\.(arch|cpu)\b|\taarch64|//", text, re.M) else X86
    loops, function, loop, label = {}, "", None, None
    for line in text.splitlines():
        if match := FUNCTION.match(line):
            function, loop, label = match[1], None, None
        if match := LABEL.match(line):
            loop, label = None, match[1]
        if (match := INNER.search(line)) and label:
            loop = loops.setdefault(label, Loop(function, int(match[1])))
        elif (match := MEMBER.search(line)) and match[1] in loops:
            loop = loops[match[1]]
        elif loop and re.match(r"^\t[a-z]", line):
            loop.add(machine, line)
    return loops.values()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", help="assembly with LLVM's comments; - is standard input")
    parser.add_argument("--min-fma", type=int, default=0, help="leave out loops with fewer FMAs")
    arguments = parser.parse_args()
    text = sys.stdin.read() if arguments.file == "-" else open(arguments.file, encoding="utf-8").read()
    if "Inner Loop Header" not in text:
        sys.exit("error: expected assembly with LLVM's comments on loops, found none")
    for loop in read_loops(text):
        if loop.counts["fma"] >= arguments.min_fma:
            print(loop)


if __name__ == "__main__":
    main()
