"""Times PyTorch's scaled_dot_product_attention on the card: a line of JSON in, the median in milliseconds out.

    {"shape": [batch, heads, queries, depth], "causal": true, "repetitions": 20}

The first line that is printed tells whether that is possible here.
"""

import json
import sys

try:
    import torch
except ImportError:
    print("PyTorch is not installed", flush=True)
    sys.exit(0)
if not torch.cuda.is_available():
    print("PyTorch sees no card", flush=True)
    sys.exit(0)
print("ready", torch.__version__, flush=True)


def measure(shape, causal, repetitions):
    query, key, value = (torch.randn(shape, device="cuda", dtype=torch.float16) for _ in range(3))
    times = []
    for number in range(repetitions + 3):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        torch.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=causal)
        end.record()
        torch.cuda.synchronize()
        if number >= 3:
            times.append(start.elapsed_time(end))
    return sorted(times)[len(times) // 2]


for line in sys.stdin:
    print(measure(**json.loads(line)), flush=True)
