"""Command-line globals in libraries: results would depend on a process, not on the IR."""

import lint

paths = [*lint.files(".cpp", ".h", under="lib"), *lint.files(".h", under="include")]
lint.finish(
    "options of libraries are structs; cl::opt and cl::list are for tools",
    lint.grep(r"\bcl::(opt|list|bits|alias)\b", paths),
)
