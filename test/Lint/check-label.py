"""Labels that match more than they mean."""

import collections
import re

import lint

LABEL = re.compile(r"^\s*//\s*([A-Z0-9_-]+)-LABEL:\s*(.*@[\w.$-]+)(.?)")


def violations():
    for path in lint.files(".mlir", under="test"):
        seen = collections.Counter()
        for number, text in lint.lines(path):
            match = LABEL.match(text)
            if not match:
                continue
            if match[3] not in "(" or not match[3]:
                yield f"{path}:{number}: '{match[2]}' also matches longer names; write '{match[2]}('"
            seen[match[1], match[2]] += 1
            if seen[match[1], match[2]] == 2:
                yield f"{path}:{number}: label '{match[2]}' is there twice"


lint.finish("a CHECK-LABEL ends in the parenthesis after the name, and is unique", violations())
