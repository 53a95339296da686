"""Data sets as both sides read them: one binary matrix a file (see bench/matrix_file.h)."""
import pathlib

import numpy as np
import scipy.sparse as sp

from peers.side import peer

# The shape of Last.fm-360K (Celma 2010): a reader has about 50 artists, few artists have most.
LASTFM_SHAPE = {"readers": 360_000, "items": 160_000, "nnz": 17_500_000}
LASTFM_SEED = 20261121
TASTES = 400  # groups of items; a reader has two, and half of what they hear is of these


def write_matrix(path, start, col, value, n_cols):
    part = path.with_suffix(".part")
    with open(part, "wb") as out:
        np.array([len(start) - 1, n_cols, len(col)], np.uint64).tofile(out)
        np.asarray(start, np.uint64).tofile(out)
        np.asarray(col, np.uint32).tofile(out)
        np.asarray(value, np.float32).tofile(out)
    part.replace(path)


def read_matrix(path):
    """(start, col, value, number of columns) of a file."""
    with open(path, "rb") as file:
        rows, cols, nnz = (int(n) for n in np.fromfile(file, np.uint64, 3))
        start = np.fromfile(file, np.uint64, rows + 1).astype(np.int64)
        col = np.fromfile(file, np.uint32, nnz).astype(np.int32)
        return start, col, np.fromfile(file, np.float32, nnz), cols


def read_csr(path):
    start, col, value, n_cols = read_matrix(path)
    return sp.csr_matrix((value, col, start), shape=(len(start) - 1, n_cols))


def write_csr(path, csr):
    csr.sort_indices()
    write_matrix(path, csr.indptr, csr.indices, csr.data, csr.shape[1])


def _lines(path):
    readers, items = [], []
    for line in open(path, encoding="ascii"):
        numbers = [int(word) for word in line.split()]
        readers += numbers[:1] * (len(numbers) - 1)
        items += numbers[1:]
    return np.array(readers), np.array(items)


def make_amazon(folder, source):
    train, test = (_lines(source / name) for name in ("train.txt", "test.txt"))
    shape = tuple(max(train[i].max(), test[i].max()) + 1 for i in (0, 1))
    for name, (readers, items) in (("train", train), ("test", test)):
        csr = sp.csr_matrix((np.ones(len(items), np.float32), (readers, items)), shape=shape)
        csr.data[:] = 1
        write_csr(folder / f"amazon-{name}.bin", csr)


def make_amazon_part(folder, n_items):
    """The most read items of amazon-book, for what costs the cube of their number."""
    csr = read_csr(folder / "amazon-train.bin").tocsc()
    most = np.sort(np.argsort(-np.diff(csr.indptr), kind="stable")[:n_items])
    write_csr(folder / f"amazon-{n_items}.bin", csr[:, most].tocsr())


def _popularity(n_items, dice):
    """A power law with a flat head, in random order of items."""
    weights = (np.arange(n_items) + 20.0) ** -0.9
    dice.shuffle(weights)
    return weights


def _draw(dice, ends, low, high):
    """Places of a cumulative sum, drawn between `low` and `high` of it."""
    return np.searchsorted(ends, low + (high - low) * dice.random(len(low)), side="right")


def make_lastfm_shape(folder, readers, items, nnz):
    dice = np.random.Generator(np.random.PCG64(LASTFM_SEED))
    taste_of = np.sort(dice.integers(0, TASTES, items))
    ends = np.cumsum(_popularity(items, dice))
    edges = np.searchsorted(taste_of, np.arange(TASTES + 1))
    edge_ends = np.concatenate(([0.0], ends))[edges]
    draws = int(nnz * 1.35)
    reader = np.sort(dice.integers(0, readers, draws, dtype=np.int64))
    taste = dice.integers(0, TASTES, (readers, 2))[reader, dice.integers(0, 2, draws)]
    of_taste = dice.random(draws) < 0.5
    low = np.where(of_taste, edge_ends[taste], 0.0)
    high = np.where(of_taste, edge_ends[taste + 1], ends[-1])
    item = np.minimum(_draw(dice, ends, low, high), items - 1)
    pairs = np.unique(reader * items + item)
    pairs = np.sort(dice.choice(pairs, min(nnz, len(pairs)), replace=False, shuffle=False))
    start = np.searchsorted(pairs, np.arange(readers + 1, dtype=np.int64) * items)
    # Names of items say nothing about their taste.
    names = dice.permutation(items)
    csr = sp.csr_matrix((np.ones(len(pairs), np.float32), names[pairs % items], start),
                        shape=(readers, items))
    write_csr(folder / "lastfm-shape.bin", csr)


def _write_sequences(path, sequences, n_items):
    start = np.cumsum([0] + [len(sequence) for sequence in sequences])
    value = np.concatenate([np.arange(len(sequence)) for sequence in sequences])
    col = np.concatenate(sequences)
    # By rising item, its place in the sequence as the value, as a matrix wants it.
    row = np.repeat(np.arange(len(sequences)), np.diff(start))
    order = np.lexsort((col, row))
    write_matrix(path, start, col[order], value[order], n_items)


def make_lastfm_sequences(folder, source):
    """Listeners' artists in order: all but the last to learn from, the last to find."""
    given, last = [], []
    for line in open(source / "sequences.txt", encoding="ascii"):
        items = [int(word) for word in line.split()[1:]]
        items = list(dict.fromkeys(items))
        if len(items) > 2:
            given.append(items[:-1])
            last.append(items[-1:])
    n_items = 1 + max(max(items) for items in given + last)
    _write_sequences(folder / "sequences-train.bin", given, n_items)
    _write_sequences(folder / "sequences-test.bin", last, n_items)


class Data:
    """The files of one folder, made when they are first asked for."""

    def __init__(self, folder, source):
        self.folder, self.source = pathlib.Path(folder), pathlib.Path(source)
        self.folder.mkdir(parents=True, exist_ok=True)

    def path(self, name):
        path = self.folder / f"{name}.bin"
        if not path.exists():
            self._make(name)
        return path

    def factors(self, name, n_factors):
        """Files of readers' and items' factors of that matrix: three sweeps of implicit's ALS."""
        paths = [self.folder / f"{name}-{n_factors}.{side}" for side in ("reader", "item")]
        if not paths[1].exists():
            side = peer("als", self.path(name), n_factors, 3, "alpha=20", "regularization=5",
                        threads=2)
            side.run()
            side.dump(paths[0].with_suffix(""))
            side.close()
        return paths

    def _make(self, name):
        if name in ("amazon-train", "amazon-test"):
            make_amazon(self.folder, self.source / "amazon-book")
        elif name.startswith("amazon-"):
            self.path("amazon-train")
            make_amazon_part(self.folder, int(name.removeprefix("amazon-")))
        elif name == "lastfm-shape":
            make_lastfm_shape(self.folder, **LASTFM_SHAPE)
        elif name.startswith("sequences-"):
            make_lastfm_sequences(self.folder, self.source / "lastfm")
        else:
            raise ValueError(f"no data set {name}")
