"""Passes whose description lacks a part of the contract or names no existing test."""

import os
import re

import lint

SECTIONS = ("Input", "Requires", "Output", "Numerics", "Example")


def violations():
    for path in lint.files("Passes.td", under="include"):
        records = lint.records(path)
        for name in records["!instanceof"]["PassBase"]:
            record = records[name]
            argument, text = record["argument"], record["description"]
            for section in SECTIONS:
                if not re.search(rf"\*\*{section}\*\*:\s*\S", text):
                    yield f"{path}: {argument}: no section **{section}**"
            for example in re.findall(r"\*\*Example\*\*:\s*([\w./-]+)", text):
                if not os.path.isfile(os.path.join(lint.root(), example.rstrip("."))):
                    yield f"{path}: {argument}: example '{example}' does not exist"
            if not record["summary"] or len(record["summary"]) > 72:
                yield f"{path}: {argument}: expected a summary of at most 72 characters"
            for option in record["options"]:
                if not records[option["def"]]["description"]:
                    yield f"{path}: {argument}: an option without description"


lint.finish("a pass states " + ", ".join(SECTIONS), violations())
