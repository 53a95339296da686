"""The rows of the comparison: what is done, beside whom, how much faster ours has to be."""
import json
import pathlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field

from peers import check, work
from peers.candidates import grid_candidates
from peers.side import Command, Side, SideError, peer

SOURCE = pathlib.Path(__file__).resolve().parents[2]


@dataclass
class Bench:
    """Where things are, and how hard to try."""
    build: object  # folder of the programs
    data: object   # peers.data.Data
    threads: int

    def ours(self, *arguments):
        return Side([self.build / "bench/bench_ours", *arguments])

    def train(self, algorithm, matrix, *settings, what="train"):
        return self.ours(what, algorithm, self.threads, self.data.path(matrix), *settings)

    def peer(self, name, *arguments, blas_threads=1):
        return peer(name, *arguments, threads=self.threads, blas_threads=blas_threads)

    def readalike(self, *arguments):
        return Command([self.build / "readalike", *arguments, "--json", "--quiet"])


@dataclass
class Row:
    name: str
    what: str
    beside: str
    target: float            # at least so many times as fast
    ours: Callable           # (bench) -> Side
    peer: Callable
    per: int = 1             # sweeps or epochs of a run: seconds are of one of them
    unit: str = "run"
    check: Callable = None   # (bench, ours' prefix, peer's prefix) -> what check.py gives
    answers: Callable = None  # (ours' answer, the peer's) -> the same, without files
    work: Callable = None    # (bench) -> (flop, bytes) of a run
    ours_less: tuple = None  # a side that does less of the same work, and how many units of it
    runs: int = 0            # 0: as many as asked for; else at most so many
    limit: bool = False      # training memory is held against the project's rule
    seconds: tuple = field(default=("seconds",))  # of ours' answer, summed
    at_most: float = 0       # seconds that ours may take at all


def als(data, name, factors, sweeps, alpha=20.0, penalty=5.0, runs=0):
    return Row(
        name=f"ials-{factors}{name}", what=f"ials, {factors} factors, {data}", beside="implicit",
        target=2, per=sweeps, unit="sweep", runs=runs, limit=True,
        ours=lambda b: b.train("ials", data, f"ials.factors={factors}", f"ials.sweeps={sweeps}",
                               "ials.nu=0", f"ials.unobserved={1 / (alpha - 1)!r}",
                               f"ials.lambda={penalty / alpha!r}"),
        peer=lambda b: b.peer("als", b.data.path(data), factors, sweeps, f"alpha={alpha}",
                              f"regularization={penalty}"),
        check=lambda b, o, p: check.objective(o, p, b.data.path(data), alpha, penalty),
        work=lambda b: work.als(b.data.path(data), factors, sweeps))


def bpr(factors=64, epochs=20, rate=0.05, penalty=0.01):
    return Row(
        name="bpr", what=f"bpr, {factors} factors, amazon-book", beside="implicit", target=2,
        per=epochs, unit="epoch", limit=True,
        ours=lambda b: b.train("bpr", "amazon-train", f"bpr.factors={factors}",
                               f"bpr.epochs={epochs}", f"bpr.lr={rate}", f"bpr.reg={penalty}",
                               # What implicit does: the same step to the end, any item as likely.
                               "bpr.lr_end=1", "bpr.popular=0"),
        peer=lambda b: b.peer("bpr", b.data.path("amazon-train"), factors, epochs,
                              f"learning_rate={rate}", f"regularization={penalty}"),
        check=lambda b, o, p: check.auc(o, p, b.data.path("amazon-train"),
                                        b.data.path("amazon-test")),
        work=lambda b: work.bpr(b.data.path("amazon-train"), factors, epochs))


def cosine(data, name, runs=0):
    return Row(
        name=f"item-knn{name}", what=f"item-knn, cosine, top 100, {data}", beside="implicit",
        target=2, runs=runs,
        ours=lambda b: b.train("item-knn", data, "train.neighbours=100", "train.shrinkage=0",
                               "train.reader_damping=0", "train.min_support=1"),
        peer=lambda b: b.peer("cosine", b.data.path(data), 100),
        check=lambda b, o, p: check.neighbours(o, p, 100),
        work=lambda b: work.cosine(b.data.path(data)))


def item2vec(name, given, wanted, k, epochs, size=64, window=5, negative=5):
    """Ours looks for the nearest of each item after the last epoch, which gensim leaves for later:
    an epoch of ours is what one more costs."""
    def ours(bench, n):
        return bench.train("item2vec", given, f"item2vec.vector_size={size}",
                           f"item2vec.window={window}", f"item2vec.negative={negative}",
                           f"item2vec.epochs={n}",
                           what="sequences" if given.startswith("sequences") else "train")
    return Row(
        name=f"item2vec{name}", what=f"item2vec, {size} factors, {given}", beside="gensim",
        target=2, per=epochs, unit="epoch", ours=lambda b: ours(b, epochs),
        ours_less=(lambda b: ours(b, 1), 1),
        peer=lambda b: b.peer("word2vec", b.data.path(given), f"vector_size={size}",
                              f"window={window}", f"negative={negative}", f"epochs={epochs}"),
        check=lambda b, o, p: check.hit_ratio(o, p, b.data.path(given), b.data.path(wanted), k),
        work=lambda b: work.skip_gram(b.data.path(given), size, window, negative, epochs))


def ease(data, name, **more):
    return Row(
        name=f"ease{name}", what=f"ease, {data}", beside="numpy", target=2,
        ours=lambda b: b.train("ease", data, "ease.lambda=100", "ease.dense=1",
                               "ease.reader_damping=0", "ease.item_damping=0",
                               "ease.item_return=0"),
        peer=lambda b: b.peer("ease", b.data.path(data), 100, blas_threads=b.threads),
        check=lambda b, o, p: check.dense(o, p), work=lambda b: work.inverse(b.data.path(data)),
        **more)


def rows_file(bench, name, data_format, folds, *least):
    """The rows of a data set with their folds: those that `readalike evaluate` has with seed 1."""
    path = bench.data.folder / f"{name}-{folds}.rows"
    if not path.exists():
        arguments = [path, data_format, bench.data.source / name, folds, 1, *least]
        done = subprocess.run([bench.build / "bench/bench_ours", "rows", *map(str, arguments)],
                              check=False)
        if done.returncode:
            raise SideError(f"the rows of {name} could not be read")
    return path


def movielens(name, model, algorithm, *settings, options=None):
    """Our time is that of training and judging all folds, as the fits and tests of Surprise: reading is in
    neither. Intervals are left out, Surprise has none."""
    given = [word for setting in settings for word in ("--set", setting)]
    return Row(
        name=f"ml-{name}", what=f"{name}, MovieLens-100K, 5 folds", beside=f"Surprise {model}",
        target=50, seconds=("wall_s",),
        ours=lambda b: b.readalike("evaluate", "--data", b.data.source / "movielens-100k", "--split",
                                   "kfold", "--folds", 5, "--seed", 1, "--bootstrap", 0,
                                   "--algorithm", algorithm, "--judge", "ratings", "--set",
                                   f"train.threads={b.threads}", *given),
        peer=lambda b: b.peer("folds", rows_file(b, "movielens-100k", "movielens", 5),
                              json.dumps([[model, options or {}]])),
        answers=lambda o, p: check.figures(o, p, "rmse", 0.002, higher=False))


def knn(name, model, prediction, side="user", similarity="msd"):
    surprise_name = similarity.replace("-", "_")
    return movielens(
        name, model, f"{side}-knn", f"knn.prediction={prediction}",
        f"knn.similarity={similarity}", "knn.k=40", "knn.min_k=1", "knn.min_support=1",
        f"knn.shrinkage={100 if similarity == 'pearson-baseline' else 0}",
        options={"sim_options": {"name": surprise_name, "user_based": side == "user"}})


GRID = SOURCE / "config/grid-ratings.conf"


def grid():
    """Every candidate of the grid of the book-recsys seed, by RMSE over three folds: our command
    from its start to the printed best, beside the fits and tests of Surprise alone."""
    return Row(
        name="grid", what="the seed's grid, Book-Crossing, 3 folds", beside="Surprise", target=50,
        at_most=20, runs=3,
        ours=lambda b: b.readalike("grid", GRID, "--data", b.data.source / "book-crossing",
                                   "--format", "book-crossing", "--set", "models.dir={new}"),
        peer=lambda b: b.peer("grid", rows_file(b, "book-crossing", "book-crossing", 3, 21, 21,
                                            "rated"),
                              json.dumps(grid_candidates(GRID))),
        answers=lambda o, p: check.best_of_grid(o, p))


def rank(factors=128, k=20):
    def files(bench):
        return [bench.data.path("amazon-train"), bench.data.path("amazon-test"),
                *bench.data.factors("amazon-train", factors)]
    return Row(
        name="rank", what=f"ranking for 70k readers, {factors} factors, k {k}, amazon-book",
        beside="numpy", target=2,
        ours=lambda b: b.ours("rank", factors, b.threads, *files(b), k),
        peer=lambda b: b.peer("rank", *files(b), factors, k),
        answers=lambda o, p: check.figures(o, p, "recall", 1e-4),
        work=lambda b: work.ranking(b.data.path("amazon-train"), factors))


ROWS = [
    als("amazon-train", "", 64, 10),
    als("amazon-train", "", 128, 10),
    als("lastfm-shape", "-lastfm", 64, 3),
    als("lastfm-shape", "-lastfm", 128, 3),
    bpr(),
    cosine("amazon-train", ""),
    cosine("lastfm-shape", "-lastfm", runs=3),
    item2vec("", "amazon-train", "amazon-test", 20, 6),
    item2vec("-lastfm", "sequences-train", "sequences-test", 100, 50),
    ease("amazon-8000", "-part"),
    ease("amazon-train", "", runs=1),
    # The settings that Surprise has by default: ours are others.
    movielens("baseline-als", "BaselineOnly", "baseline", "baseline.epochs=10"),
    movielens("baseline-sgd", "BaselineOnly", "baseline", "baseline.method=sgd",
              options={"bsl_options": {"method": "sgd"}}),
    movielens("svd", "SVD", "svd", "svd.factors=100", "svd.epochs=20", "svd.lr=0.005",
              "svd.reg=0.02"),
    movielens("nmf", "NMF", "nmf", "nmf.factors=15", "nmf.epochs=50", "nmf.reg=0.06",
              "nmf.biased=0"),
    knn("user-knn", "KNNBasic", "plain"),
    knn("user-knn-centred", "KNNWithMeans", "centred"),
    knn("user-knn-baseline", "KNNBaseline", "baseline"),
    knn("item-knn-baseline", "KNNBaseline", "baseline", "item", "pearson-baseline"),
    grid(),
    rank(),
]
