"""Banners that are missing, name another file or another licence."""

import os
import re

import lint

LANGUAGE = {".cpp": "C++", ".h": "C++", ".td": "tablegen"}


def violations():
    for path in lint.files(*LANGUAGE):
        name, language = os.path.basename(path), LANGUAGE[os.path.splitext(path)[1]]
        head = [text for _, text in lint.lines(path)][:4]
        pattern = rf"//===-+ {re.escape(name)} - \S.* -\*- {re.escape(language)} -\*-===//"
        if not head or not re.fullmatch(pattern, head[0]):
            yield f"{path}:1: expected '//===- {name} - <what it is> -*- {language} -*-===//'"
        if not any("SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" in text for text in head):
            yield f"{path}: expected the SPDX line of the licence in the banner"


lint.finish("each file starts with the banner that names it", violations())
