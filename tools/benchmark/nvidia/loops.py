"""Loops of a PTX kernel and the instructions in them.

A loop is a natural one of the control flow: blocks that reach a jump back to a block that dominates it. Where they lie in the text
says nothing, since LLVM moves blocks about.
"""

import re

# Columns of the page, by the start of an instruction's name. Copies are those of a thread or tensor copies of TMA.
WORDS = {
    "mma": ("mma.sync",),
    "wgmma": ("wgmma.mma_async",),
    "ldmatrix": ("ldmatrix",),
    "copies": ("cp.async.cg", "cp.async.ca", "cp.async.bulk.tensor"),
    "ex2": ("ex2.",),
    "shuffles": ("shfl.",),
}


def _blocks(lines):
    """(labels, instructions) of each basic block, in the order of the text."""
    blocks = [([], [])]
    for line in lines:
        if match := re.match(r"(\$\w+):", line):
            if blocks[-1][1]:
                blocks.append(([], []))
            blocks[-1][0].append(match[1])
        elif re.match(r"@|[a-z]", line):
            blocks[-1][1].append(line)
            if re.search(r"\bbra\b|^(ret|exit|trap);", line):
                blocks.append(([], []))
    return blocks


def _successors(blocks):
    of_label = {label: number for number, (labels, _) in enumerate(blocks) for label in labels}
    successors = []
    for number, (_, instructions) in enumerate(blocks):
        last = instructions[-1] if instructions else ""
        jump = re.search(r"\bbra(?:\.uni)?\s+(\$\w+);", last)
        goes_on = number + 1 < len(blocks) and (last.startswith("@") or not (jump or re.match(r"ret|exit|trap", last)))
        successors.append(([of_label[jump[1]]] if jump else []) + ([number + 1] if goes_on else []))
    return successors


def _dominators(successors):
    """The set of blocks that lie on every way to each block."""
    every = set(range(len(successors)))
    predecessors = [[] for _ in successors]
    for number, targets in enumerate(successors):
        for target in targets:
            predecessors[target].append(number)
    dominators = [{0}] + [set(every) for _ in successors[1:]]
    changed = True
    while changed:
        changed = False
        for number in range(1, len(successors)):
            sets = [dominators[before] for before in predecessors[number]]
            new = (set.intersection(*sets) if sets else set(every)) | {number}
            changed |= new != dominators[number]
            dominators[number] = new
    return dominators, predecessors


def innermost_loops(text):
    """The instructions of each loop that has no other loop in it."""
    blocks = _blocks([line.strip() for line in text.splitlines()])
    successors = _successors(blocks)
    dominators, predecessors = _dominators(successors)
    loops = {}
    for latch, targets in enumerate(successors):
        for header in targets:
            if header not in dominators[latch]:
                continue
            body, stack = loops.setdefault(header, {header}), [latch]
            while stack:
                number = stack.pop()
                if number not in body:
                    body.add(number)
                    stack += predecessors[number]
    innermost = [body for header, body in loops.items() if not any(other in body for other in loops if other != header)]
    return [[line for number in sorted(body) for line in blocks[number][1]] for body in innermost]


def count_instructions(lines):
    """Instructions of the lines, by column of the page."""
    names = [re.sub(r"^@!?%\w+\s+", "", line) for line in lines]
    counts = {column: sum(name.startswith(words) for name in names) for column, words in WORDS.items()}
    return counts | {"instructions": len(names)}


def main_loop(text):
    """Counts of the loop with fewest products, of those the shortest: tiles of the fewest columns, without checks (loops with checks
    have loops in them). Where other warps fetch its tiles, the copies are those of their shortest loop. None where no loop has products
    and exponentials; `copies` is None where that of the copies is unrolled."""
    counts = [count_instructions(lines) for lines in innermost_loops(text)]
    with_products = [count for count in counts if (count["mma"] or count["wgmma"]) and count["ex2"]]
    if not with_products:
        return None
    shortest = min(with_products, key=lambda count: (count["mma"] + count["wgmma"], count["instructions"]))
    fetching = [count["copies"] for count in counts if count["copies"] and not count["mma"] and not count["wgmma"]]
    if not shortest["copies"]:
        shortest["copies"] = min(fetching, default=None)
    return shortest | {"loops": len(with_products)}
