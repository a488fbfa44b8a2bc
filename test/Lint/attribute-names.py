"""String literals as names of attributes: a misspelt one is silently another one."""

import lint

paths = [path for under in ("include", "lib", "tools") for path in lint.files(".cpp", ".h", under=under)]
lint.finish(
    "attributes are reached by accessor or by a named constant",
    lint.grep(r"""\b(get|has|set|remove)(Discardable)?Attr(OfType<[^>]*>)?\(\s*"|\b(get|set)(Arg|Result)Attr\([^,()]*,\s*\"""", paths),
)
