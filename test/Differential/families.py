"""Importing this module registers every family of cases."""

import attention_cases  # noqa: F401
import edge_cases  # noqa: F401
import graph_cases  # noqa: F401
import metamorphic  # noqa: F401
import op_cases  # noqa: F401
