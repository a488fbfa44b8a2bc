"""Ops whose description has no example, or an example that the named test lacks."""

import os
import re

import lint


def normalised(text):
    return " ".join(text.split())


def violations():
    for path in lint.files("Ops.td", under="include"):
        records = lint.records(path)
        for name in records["!instanceof"]["Op"]:
            op, text = records[name]["opName"], records[name]["description"]
            dialect = records[records[name]["opDialect"]["def"]]["name"]
            examples = [normalised(block) for block in re.findall(r"```mlir(.*?)```", text, re.DOTALL)]
            if not any(f"{dialect}.{op}" in example for example in examples):
                yield f"{path}: {op}: no example in a block of mlir"
            tests = re.findall(r"Test:\s*([\w./-]+)", text)
            if not tests:
                yield f"{path}: {op}: no 'Test: <path>'"
                continue
            if not os.path.isfile(os.path.join(lint.root(), tests[0])):
                yield f"{path}: {op}: test '{tests[0]}' does not exist"
                continue
            test = normalised(" ".join(line for _, line in lint.lines(tests[0])))
            if not all(example in test for example in examples):
                yield f"{path}: {op}: test '{tests[0]}' does not contain the example"


lint.finish("an op's description has an example and a test", violations())
