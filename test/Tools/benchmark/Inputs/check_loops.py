"""Counts instructions of loops whose blocks are not next to each other.

    python check_loops.py FOLDER_OF_LOOPS_PY
"""

import sys

sys.path.insert(0, sys.argv[1])

import loops

TEXT = """
	mov.u32 	%r1, 0;
	bra.uni 	$L__head;
$L__tail:
	shfl.sync.bfly.b32 	%r4, %r3, 1, 31, -1;
	@%p2 bra 	$L__outer;
$L__head:
	ldmatrix.sync.aligned.m8n8.x4.shared.b16 	{%r2}, [%r1];
	@%p1 bra 	$L__far;
	ret;
$L__far:
	mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 	{%f1}, {%r2}, {%r3}, {%f1};
	@!%p3 cp.async.cg.shared.global 	[%r1], [%rd1], 16;
	ex2.approx.ftz.f32 	%f2, %f1;
	bra.uni 	$L__tail;
$L__outer:
	mov.u32 	%r9, 1;
	ret;
"""


def main():
    (loop,) = loops.innermost_loops(TEXT)
    assert len(loop) == 8, loop
    counts = loops.main_loop(TEXT)
    assert counts["mma"] == counts["ldmatrix"] == counts["copies"] == counts["shuffles"] == 1, counts
    assert counts["instructions"] == 8 and counts["loops"] == 1 and counts["ex2"] == 1, counts
    # Products alone are not the main loop.
    assert loops.main_loop(TEXT.replace("ex2.", "add.")) is None
    # Without the jump back there is no loop.
    assert loops.main_loop(TEXT.replace("bra.uni 	$L__tail", "bra.uni 	$L__outer")) is None


main()
