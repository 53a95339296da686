"""Whether both sides did the same work: what each left, judged by one and the same code."""
import numpy as np
import scipy.sparse as sp

from peers.data import read_csr

DRAWS = 500_000  # of a reader, a withheld item and any item, for the AUC


def _factors(prefix, matrix):
    shape = read_shape(matrix)
    sides = []
    for what, n in (("reader", shape[0]), ("item", shape[1])):
        sides.append(np.fromfile(f"{prefix}.{what}", np.float32).reshape(n, -1))
    return sides


def read_shape(matrix):
    with open(matrix, "rb") as file:
        rows, cols, nnz = (int(n) for n in np.fromfile(file, np.uint64, 3))
    return rows, cols, nnz


def _objective(readers, items, matrix, alpha, penalty):
    """That of Hu, Koren and Volinsky as implicit has it, all withheld pairs of weight 1 and those
    of the matrix of weight alpha."""
    csr = read_csr(matrix)
    everything = np.sum((readers.T @ readers).astype(float) * (items.T @ items))
    of_pairs = 0.0
    for at in range(0, csr.shape[0], 4096):
        block = csr[at:at + 4096]
        row = at + np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        scores = np.einsum("ij,ij->i", readers[row], items[block.indices]).astype(float)
        of_pairs += np.sum(alpha * (1 - scores) ** 2 - scores ** 2)
    norms = np.sum(readers.astype(float) ** 2) + np.sum(items.astype(float) ** 2)
    return everything + of_pairs + penalty * norms


def objective(ours, peer, matrix, alpha, penalty):
    """implicit weighs a pair of the matrix alpha for its target of 1 and alpha - 1 besides the 1 of
    all pairs; ours has one weight for both. With all alpha alike the two problems are the same up
    to a factor of alpha / (alpha - 1) in the scores."""
    stretch = np.float32((alpha / (alpha - 1)) ** 0.5)
    mine = [side * stretch for side in _factors(ours, matrix)]
    values = [_objective(*sides, matrix, alpha, penalty)
              for sides in (mine, _factors(peer, matrix))]
    return {"what": "objective", "ours": values[0], "peer": values[1],
            "same": values[0] <= values[1] * 1.005}


def _auc(readers, items, train, test, biases=0.0):
    dice = np.random.Generator(np.random.PCG64(1))
    row = np.repeat(np.arange(test.shape[0]), np.diff(test.indptr))
    at = dice.integers(0, test.nnz, DRAWS)
    reader, wanted = row[at], test.indices[at]
    other = dice.integers(0, test.shape[1], DRAWS)
    known = np.unique(np.concatenate([
        reader_of * np.int64(test.shape[1]) + csr.indices
        for csr in (train, test)
        for reader_of in [np.repeat(np.arange(csr.shape[0], dtype=np.int64), np.diff(csr.indptr))]]))
    key = reader * np.int64(test.shape[1]) + other
    fresh = known[np.minimum(np.searchsorted(known, key), len(known) - 1)] != key
    difference = np.einsum("ij,ij->i", readers[reader], items[wanted] - items[other])
    if not np.isscalar(biases):
        difference += biases[wanted] - biases[other]
    return float(np.mean((difference > 0)[fresh]))


def auc(ours, peer, train, test):
    train_csr, test_csr = read_csr(train), read_csr(test)
    values = []
    for prefix in (ours, peer):
        try:
            biases = np.fromfile(f"{prefix}.bias", np.float32)
        except FileNotFoundError:
            biases = 0.0
        values.append(_auc(*_factors(prefix, train), train_csr, test_csr, biases))
    return {"what": "AUC", "ours": values[0], "peer": values[1],
            "same": values[0] >= values[1] - 0.005}


def neighbours(ours, peer, count):
    """The share of the peer's neighbours that are ours, too; of equal similarities at the end of a
    list either side may keep any, so what ours lacks must be worth no more than its last."""
    mine, theirs = read_csr(ours + ".neighbours"), read_csr(peer + ".neighbours")
    kept = lacking = 0
    for item in range(theirs.shape[0]):
        wanted, scores = (getattr(theirs, part)[theirs.indptr[item]:theirs.indptr[item + 1]]
                          for part in ("indices", "data"))
        have = mine.indices[mine.indptr[item]:mine.indptr[item + 1]]
        have_scores = mine.data[mine.indptr[item]:mine.indptr[item + 1]]
        last = have_scores.min() if len(have) >= count else 0.0
        absent = ~np.isin(wanted, have) & (scores > last * 1.00001)
        lacking += int(absent.sum())
        kept += len(wanted)
    share = 1 - lacking / kept
    return {"what": "neighbours alike", "ours": share, "peer": 1.0, "same": share >= 0.9999}


def _nearest(vectors, count):
    """The `count` highest cosines above 0 of each item, as ours keeps them of its vectors."""
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    rows, cols, values = [], [], []
    for at in range(0, len(unit), 1024):
        scores = unit[at:at + 1024] @ unit.T
        here = np.arange(len(scores))
        scores[here, at + here] = -1
        best = np.argpartition(scores, -count, axis=1)[:, -count:]
        rows.append(np.repeat(at + here, count))
        cols.append(best.ravel())
        values.append(np.take_along_axis(scores, best, axis=1).ravel())
    rows, cols, values = map(np.concatenate, (rows, cols, values))
    kept = values > 0
    return sp.csr_matrix((values[kept], (rows[kept], cols[kept])), shape=(len(unit), len(unit)))


def _hit_ratio(similar, given, wanted, k):
    """Readers whose next item is among the k highest sums of the rows of what they were given."""
    hits = judged = 0
    scores = (given @ similar).tocsr()
    for row in np.flatnonzero(np.diff(wanted.indptr)):
        items = given.indices[given.indptr[row]:given.indptr[row + 1]]
        targets = wanted.indices[wanted.indptr[row]:wanted.indptr[row + 1]]
        targets = targets[~np.isin(targets, items)]
        if not len(items) or not len(targets):
            continue
        of_row = slice(scores.indptr[row], scores.indptr[row + 1])
        cols, values = scores.indices[of_row], scores.data[of_row]
        fresh = ~np.isin(cols, items)
        cols, values = cols[fresh], values[fresh]
        best = cols[np.argsort(-values, kind="stable")[:k]]
        hits += bool(np.isin(targets, best).any())
        judged += 1
    return hits / judged


def hit_ratio(ours, peer, given, wanted, k, count=100):
    """Of readers to whom an item of theirs is given again; both sides' vectors are asked through
    the `count` nearest of each item."""
    given, wanted = read_csr(given), read_csr(wanted)
    given.data[:] = 1
    vectors = np.fromfile(peer + ".item", np.float32).reshape(given.shape[1], -1)
    values = [_hit_ratio(similar, given, wanted, k)
              for similar in (read_csr(ours + ".neighbours"), _nearest(vectors, count))]
    # Of n readers, a ratio p is known to about 2 sqrt(p (1 - p) / n).
    slack = 2 * (values[1] * (1 - values[1]) / given.shape[0]) ** 0.5
    return {"what": f"hit ratio@{k}", "ours": values[0], "peer": values[1],
            "same": values[0] >= values[1] - slack}


def dense(ours, peer):
    mine, theirs = (np.fromfile(f"{prefix}.similarity", np.float32) for prefix in (ours, peer))
    off = float(np.abs(mine - theirs).max() / np.abs(theirs).max())
    # B of ours may be transposed: P is symmetric, B is not.
    if off > 1e-2:
        n = int(len(mine) ** 0.5)
        mine = mine.reshape(n, n).T.ravel()
        off = float(np.abs(mine - theirs).max() / np.abs(theirs).max())
    return {"what": "largest difference", "ours": off, "peer": 0.0, "same": off < 1e-2}


def figures(ours, peer, name, slack, higher=True):
    """A figure that both sides gave with their answers."""
    a, b = ours[name], peer[name]
    return {"what": name, "ours": a, "peer": b, "same": a >= b - slack if higher else a <= b + slack}


def best_of_grid(ours, peer):
    """The RMSE of the best candidate of each side."""
    n = len(ours["candidates"])
    best = min(candidate["rmse"]["mean"] for candidate in ours["candidates"])
    return {"what": f"best RMSE of {n} candidates", "ours": best, "peer": peer["rmse"],
            "same": best <= peer["rmse"] + 0.005 and n == len(peer["all_rmse"])}
