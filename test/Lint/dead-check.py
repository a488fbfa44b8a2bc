"""CHECK lines that FileCheck does not read (no colon, or a space before it)."""

import lint

SUFFIXED = r"^\s*//\s*[A-Z][A-Z0-9-]*(?:-(?:NEXT|SAME|DAG|NOT|LABEL|EMPTY))\s+\S"
PLAIN = r"^\s*//\s*CHECK\s+(?:%|\[\[|\{\{|@|:|\}|return\b|[a-z_]+\.[a-z_]+\b)"

lint.finish(
    "a CHECK directive ends in a colon without a space before it",
    lint.grep(f"{SUFFIXED}|{PLAIN}", lint.files(".mlir", ".test", ".py", under="test")),
)
