"""How much each kernel computes and moves at least, for the rooflines: (flop, bytes) of a run.

The counts are of the method as its paper has it, the same for both sides: a side that reaches the
result with less work shows a higher rate, not a lower one.
"""
import numpy as np

from peers.check import read_shape
from peers.data import read_matrix

FLOAT = 4
ENTRY = 8  # bytes of a column and a value


def als(matrix, factors, sweeps, steps=3):
    """Conjugate gradients: `steps` and the first residual, each a product with the Gram matrix and
    with the row's items. An item's factors are fetched once a row."""
    rows, cols, nnz = read_shape(matrix)
    one_side = 2.0 * (steps + 1) * factors * factors * (rows + cols) / 2
    gram = factors * factors * (rows + cols) / 2.0
    flop = 2 * (one_side + gram + 4.0 * (steps + 1) * factors * nnz)
    return flop * sweeps, 2.0 * nnz * (factors * FLOAT + ENTRY) * sweeps


def bpr(matrix, factors, epochs):
    """Three rows read and written for each pair: two products, three updates."""
    nnz = read_shape(matrix)[2]
    return 16.0 * factors * nnz * epochs, 6.0 * factors * FLOAT * nnz * epochs


def cosine(matrix):
    """Each two items of each reader, once each way."""
    start = read_matrix(matrix)[0]
    pairs = float(np.sum(np.diff(start).astype(float) ** 2))
    return 2 * pairs, ENTRY * pairs


def inverse(matrix):
    """Cholesky and the inverse of it: n³ in all (LU and its inverse take 8/3 n³)."""
    n = float(read_shape(matrix)[1])
    return n ** 3, 3 * FLOAT * n * n


def skip_gram(matrix, factors, window, negative, epochs):
    """Windows are 1 to `window` wide, all alike often; each pair is a product and two updates for
    the word and each negative."""
    start = read_matrix(matrix)[0]
    lengths = np.diff(start)
    pairs = sum(float(np.sum(2 * np.maximum(lengths - d, 0))) * (window - d + 1) / window
                for d in range(1, window + 1))
    return (6.0 * factors * pairs * (1 + negative) * epochs,
            FLOAT * factors * pairs * (2 + 2 * (1 + negative)) * epochs)


def ranking(train, factors):
    rows, cols, _ = read_shape(train)
    return 2.0 * rows * cols * factors, FLOAT * float(rows) * cols
