"""Prefixes that a RUN line names and no line uses, and the reverse."""

import re

import lint

USE = re.compile(r"^\s*(?://|#)?\s*([A-Z][A-Z0-9_-]*?)(?:-(?:NEXT|SAME|DAG|NOT|LABEL|EMPTY|COUNT-\d+))?:")
NOT_PREFIXES = {"RUN", "REQUIRES", "UNSUPPORTED", "XFAIL", "DEFINE", "REDEFINE", "NOTE", "TODO", "END", "END."}


def violations():
    for path in lint.files(".mlir", ".test", under="test"):
        text = [line for _, line in lint.lines(path)]
        runs = " ".join(line for line in text if "RUN:" in line)
        named = set()
        for names in re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", runs):
            named.update(names.split(","))
        if re.search(r"FileCheck(?!.*--?check-prefix)", runs) or re.search(
            r"FileCheck(?:(?!--?check-prefix|\|).)*(?:RUN:|$)", runs
        ):
            named.add("CHECK")
        # A file that another one hands to FileCheck is not looked at.
        if "FileCheck" not in runs or re.search(r"FileCheck (?!%s)%", runs):
            continue
        used = {match[1] for match in map(USE.match, text) if match} - NOT_PREFIXES
        for prefix in sorted(named - used):
            if prefix != "CHECK" or "--implicit-check-not" not in runs and "--allow-empty" not in runs:
                yield f"{path}: prefix '{prefix}' is named in a RUN line, no line uses it"
        for prefix in sorted(used - named):
            yield f"{path}: prefix '{prefix}' is used, no RUN line names it"


lint.finish("each prefix of FileCheck is named and used", violations())
