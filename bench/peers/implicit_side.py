"""implicit's side: ALS by conjugate gradients, BPR, cosine neighbours."""
import pathlib
import warnings

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking
from implicit.nearest_neighbours import CosineRecommender

from peers.data import read_csr, write_csr

SEED = 1
# That its cosine hands a matrix of another kind to itself.
warnings.filterwarnings("ignore", message="Method expects CSR input")


class Factors:
    """A model of factors: fitted anew by each run."""

    model = None

    def __init__(self, threads, matrix, factors, epochs, *options):
        self.matrix = read_csr(matrix)
        self.options = {"factors": int(factors), "iterations": int(epochs),
                        "num_threads": threads, "random_state": SEED,
                        **{key: float(value) for key, value in
                           (option.split("=") for option in options)}}

    def forget(self):
        self.model = None

    def run(self):
        self.model = self.make()
        self.model.fit(self.matrix, show_progress=False)

    def dump(self, prefix):
        np.asarray(self.model.user_factors, np.float32).tofile(f"{prefix}.reader")
        np.asarray(self.model.item_factors, np.float32).tofile(f"{prefix}.item")


class Als(Factors):
    """Its defaults but for what is said: three steps of conjugate gradients, float32."""

    def make(self):
        return AlternatingLeastSquares(use_native=True, use_cg=True, **self.options)


class Bpr(Factors):
    def make(self):
        return BayesianPersonalizedRanking(verify_negative_samples=True, **self.options)


class Cosine:
    """`neighbours` others of each item: implicit counts the item itself as one more."""

    model = None

    def __init__(self, threads, matrix, neighbours):
        self.matrix = read_csr(matrix)
        self.options = {"K": int(neighbours) + 1, "num_threads": threads}

    def forget(self):
        self.model = None

    def run(self):
        self.model = CosineRecommender(**self.options)
        self.model.fit(self.matrix, show_progress=False)

    def dump(self, prefix):
        similarity = self.model.similarity.tocsr().astype(np.float32)
        similarity.setdiag(0)
        similarity.eliminate_zeros()
        write_csr(pathlib.Path(f"{prefix}.neighbours"), similarity)


WORK = {"als": Als, "bpr": Bpr, "cosine": Cosine}
