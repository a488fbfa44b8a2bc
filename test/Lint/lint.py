"""What the rules of this folder share: which files they read and how they report.

A rule is a script that is run as `python rule.py ROOT` and exits with status 1
after printing one line per violation. Its .test file runs it on the project and,
to see it fail, on a tree with seeded violations.
"""

import json
import os
import re
import subprocess
import sys

SKIPPED_FOLDERS = re.compile(r"^(build.*|\..*|__pycache__|Lint|Output)$")


def root():
    return sys.argv[1]


def files(*suffixes, under=""):
    """Paths, relative to the root, of the project's files with one of `suffixes`."""
    for folder, folders, names in os.walk(os.path.join(root(), under)):
        folders[:] = sorted(name for name in folders if not SKIPPED_FOLDERS.match(name))
        for name in sorted(names):
            if name.endswith(suffixes or ("",)) and name != ".git":
                yield os.path.relpath(os.path.join(folder, name), root())


def lines(path):
    """(number, text) of each line of a text file; nothing for a binary one."""
    with open(os.path.join(root(), path), encoding="utf-8") as file:
        try:
            text = file.read()
        except UnicodeDecodeError:
            return
    yield from enumerate(text.splitlines(), start=1)


def grep(pattern, paths):
    """path:line: text for each line of `paths` that `pattern` is found in."""
    pattern = re.compile(pattern)
    for path in paths:
        for number, text in lines(path):
            if pattern.search(text):
                yield f"{path}:{number}: {text.strip()}"


def records(path):
    """The TableGen records of a .td file, as `llvm-tblgen --dump-json` gives them."""
    include_dirs = [os.path.join(root(), "include"), *sys.argv[2:]]
    command = ["llvm-tblgen", "--dump-json", os.path.join(root(), path)]
    command += [f"-I{folder}" for folder in include_dirs]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def finish(rule, violations):
    """Prints the violations below the rule that they break."""
    violations = list(violations)
    if violations:
        print(f"rule: {rule}", *violations, sep="\n")
    sys.exit(1 if violations else 0)
