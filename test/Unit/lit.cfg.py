"""Each GoogleTest case is one lit test."""

import os

import lit.formats

config.name = "sattn-unit"
config.test_format = lit.formats.GoogleTest(".", "Tests")
config.suffixes = []
config.test_source_root = os.path.join(config.sattn_binary_dir, "test", "Unit")
config.test_exec_root = config.test_source_root
