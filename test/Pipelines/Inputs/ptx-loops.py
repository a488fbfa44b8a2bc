"""Counts instructions of the innermost loops of a PTX file.

    python ptx-loops.py FILE.ptx mma ldmatrix cp.async ex2 shfl bar

prints one line per loop, in the order of the file, with the number of instructions
whose name starts with each word. A loop is what lies between a label and the last
jump back to it; ranges that share most of their lines are one loop with two ways back.
"""

import re
import sys


def loops(lines):
    labels, ends = {}, {}
    for number, line in enumerate(lines):
        if match := re.match(r"(\$\w+):", line):
            labels[match[1]] = number
        elif match := re.search(r"\bbra(?:\.uni)?\s+(\$\w+);", line):
            if match[1] in labels:
                ends[labels[match[1]]] = number
    result = []
    for first, last in sorted(ends.items()):
        if result and first < result[-1][1] < last and 2 * (result[-1][1] - first) > last - first:
            result[-1] = (result[-1][0], last)
        else:
            result.append((first, last))
    # Only innermost ones.
    return [r for r in result if not any(o != r and r[0] <= o[0] and o[1] <= r[1] for o in result)]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    for index, (first, last) in enumerate(loops(lines)):
        names = [re.sub(r"^@!?%\w+\s+", "", line) for line in lines[first : last + 1]]
        counts = (f"{word} {sum(name.startswith(word) for name in names)}" for word in sys.argv[2:])
        print(f"loop {index}: " + ", ".join(counts))


main()
