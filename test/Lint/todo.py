"""Promises without an issue, and what editors and tools leave behind."""

import lint

PROMISE = r"\b(TODO|FIXME|XXX)\b(?!\(#\d+\))"
RESIDUE = (".orig", ".rej", ".swp", "~", "CMakeCache.txt", ".DS_Store")


def violations():
    yield from lint.grep(PROMISE, lint.files())
    yield from lint.files(*RESIDUE)


lint.finish("a TODO names its issue, TODO(#12), and no residue is committed", violations())
