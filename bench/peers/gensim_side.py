"""gensim's side: Word2Vec over sequences of items."""
import os
import tempfile

import numpy as np
from gensim.models import Word2Vec

from peers.data import read_matrix

SEED = 1


def sequences_of(path):
    """Lists of items, each in the order of its places."""
    start, col, place, n_items = read_matrix(path)
    rows = [col[a:b][np.argsort(place[a:b], kind="stable")] for a, b in zip(start, start[1:])]
    return rows, n_items


class Word2vec:
    """Skip-gram with negative samples. The corpus is a file, which is gensim's faster way: no
    Python code runs between its threads. The vocabulary is built before the clock starts."""

    model = None

    def __init__(self, threads, matrix, *options):
        rows, self.n_items = sequences_of(matrix)
        handle, self.corpus = tempfile.mkstemp(suffix=".txt")
        with os.fdopen(handle, "w", encoding="ascii") as out:
            for row in rows:
                out.write(" ".join(map(str, row)) + "\n")
        self.options = {"sg": 1, "min_count": 1, "workers": threads, "seed": SEED}
        for option in options:
            key, value = option.split("=")
            self.options[key] = float(value) if "." in value else int(value)
        self.epochs = self.options.pop("epochs")

    def __del__(self):
        os.unlink(self.corpus)

    def forget(self):
        self.model = Word2Vec(**self.options)
        self.model.build_vocab(corpus_file=self.corpus)

    def run(self):
        self.model.train(corpus_file=self.corpus, total_words=self.model.corpus_total_words,
                         total_examples=self.model.corpus_count, epochs=self.epochs)

    def dump(self, prefix):
        vectors = np.zeros((self.n_items, self.model.vector_size), np.float32)
        names = np.array([int(name) for name in self.model.wv.index_to_key])
        vectors[names] = self.model.wv.vectors
        vectors.tofile(f"{prefix}.item")


WORK = {"word2vec": Word2vec}
