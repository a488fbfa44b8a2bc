"""Files that nobody can read as a whole."""

import lint

LIMITS = {(".cpp", ".h", ".td", ".py", ".sh", ".cmake", ".txt"): 1000, (".md",): 400, (".mlir", ".test"): 1500}


def violations():
    for suffixes, limit in LIMITS.items():
        for path in lint.files(*suffixes):
            length = sum(1 for _ in lint.lines(path))
            if length > limit:
                yield f"{path}: {length} lines, at most {limit}"
    if sum(1 for _ in lint.lines("README.md")) > 150:
        yield "README.md: at most 150 lines"


lint.finish("files stay small", violations())
