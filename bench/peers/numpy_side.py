"""numpy's side: EASE by the inverse, and ranking all items by matrix products."""
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from peers.data import read_csr


class Ease:
    """B of Steck's paper as its listing computes it; BLAS has all threads."""

    weights = None

    def __init__(self, _threads, matrix, penalty):
        self.matrix, self.penalty = read_csr(matrix), float(penalty)

    def forget(self):
        self.weights = None

    def run(self):
        gram = (self.matrix.T @ self.matrix).toarray()
        places = np.diag_indices_from(gram)
        gram[places] += self.penalty
        inverse = np.linalg.inv(gram)
        del gram
        diagonal = np.diag(inverse).copy()
        inverse /= -diagonal
        inverse[places] = 0
        self.weights = inverse

    def dump(self, prefix):
        self.weights.tofile(f"{prefix}.similarity")


class Rank:
    """Recall and NDCG of all readers: blocks of readers by matrix product, what they had taken out,
    argpartition; each thread has blocks of its own and BLAS one thread."""

    BLOCK = 256

    def __init__(self, threads, train, test, readers, items, factors, k):
        self.threads, self.k = threads, int(k)
        self.train, self.test = read_csr(train), read_csr(test)
        self.readers = np.fromfile(readers, np.float32).reshape(-1, int(factors))
        self.items = np.fromfile(items, np.float32).reshape(-1, int(factors))
        self.discount = 1 / np.log2(np.arange(self.k) + 2)

    def forget(self):
        pass

    def block(self, rows):
        """Sums of recall and NDCG over the readers `rows`, and how many have something to find."""
        scores = self.readers[rows] @ self.items.T
        seen = self.train[rows]
        scores[np.repeat(np.arange(len(rows)), np.diff(seen.indptr)), seen.indices] = -np.inf
        best = np.argpartition(scores, -self.k, axis=1)[:, -self.k:]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        relevant = np.zeros(scores.shape, bool)
        test = self.test[rows]
        relevant[np.repeat(np.arange(len(rows)), np.diff(test.indptr)), test.indices] = True
        relevant[scores == -np.inf] = False
        hits = np.take_along_axis(relevant, best, axis=1)
        n = relevant.sum(axis=1)
        judged = n > 0
        ideal = np.cumsum(self.discount)[np.minimum(n[judged], self.k) - 1]
        return np.array([(hits[judged].sum(axis=1) / n[judged]).sum(),
                         ((hits[judged] * self.discount).sum(axis=1) / ideal).sum(),
                         judged.sum()])

    def run(self):
        n = self.train.shape[0]
        # As ours: readers with nothing to find are passed over.
        wanted = np.flatnonzero(np.diff(self.test.indptr))
        blocks = [wanted[at:at + self.BLOCK] for at in range(0, len(wanted), self.BLOCK)]
        assert n == len(self.readers)
        with ThreadPoolExecutor(self.threads) as pool:
            recall, ndcg, judged = sum(pool.map(self.block, blocks))
        return {"recall": recall / judged, "ndcg": ndcg / judged}


WORK = {"ease": Ease, "rank": Rank}
