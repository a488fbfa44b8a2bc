"""compare.py GOT.npy WANTED.npy TOLERANCE: the relative error in the Frobenius norm."""

import sys

import numpy

got, wanted = (numpy.load(path).astype(float) for path in sys.argv[1:3])
error = numpy.linalg.norm(got - wanted) / numpy.linalg.norm(wanted)
assert got.shape == wanted.shape and error < float(sys.argv[3]), f"error {error}"
