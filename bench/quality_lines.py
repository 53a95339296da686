"""The lines of bench/bench_quality.py: each one command of `readalike evaluate` with its settings,
what its figures should reach, and what others are known to reach."""
from dataclasses import dataclass


@dataclass
class Figure:
    name: str              # of the JSON object
    label: str
    wanted: float = None   # at least, or at most
    known: tuple = ()      # (figure, whose)
    low_is_good: bool = False


@dataclass
class Line:
    name: str
    group: str
    arguments: list
    figures: list


# Groups of lines: what is said above them, and what all of their commands have.
GROUPS = {
    "amazon-book": ("amazon-book, KGAT's split, all books ranked",
                    ["--train", "{data}/amazon-book/train.txt",
                     "--test", "{data}/amazon-book/test.txt", "--seed", "1"]),
    "movielens": ("MovieLens-100K, 5 folds, seed 1",
                  ["--data", "{data}/movielens-100k", "--split", "kfold", "--folds", "5",
                   "--seed", "1", "--judge", "ratings"]),
    "lastfm": ("Last.fm sequences, the next artist of each listener",
               ["--data", "{data}/lastfm/sequences.txt", "--format", "sequences", "--split", "last",
                "--k", "100", "--seed", "1"]),
    "seed": ("Book-Crossing, the protocol of the book-recsys seed: readers and books of more than "
             "20 ratings, not rated taken as 0, judged ON THE TRAINING SET",
             ["--data", "{data}/book-crossing", "--format", "book-crossing", "--unrated-as", "0",
              "--min-reader-ratings", "21", "--min-item-ratings", "21", "--k", "5",
              "--threshold", "4", "--judge", "ratings", "--seed", "1",
              "--split", "holdout", "--share", "0.001", "--on-train"]),
    "honest": ("Book-Crossing, the same readers, books and ratings, withheld: 3 folds",
               ["--data", "{data}/book-crossing", "--format", "book-crossing", "--unrated-as", "0",
                "--min-reader-ratings", "21", "--min-item-ratings", "21", "--k", "5",
                "--threshold", "4", "--judge", "ratings", "--seed", "1",
                "--split", "kfold", "--folds", "3"]),
    "ranking": ("Book-Crossing, a random fifth of the readings withheld, all books ranked",
                ["--data", "{data}/book-crossing", "--format", "book-crossing", "--split",
                 "holdout", "--share", "0.2", "--seed", "1"]),
}


def options(*settings):
    return [word for setting in settings for word in ("--set", setting)]


def amazon(algorithm, recall=None, ndcg=None, known=None, name=None, settings=()):
    recall_known, ndcg_known = ((known[0], known[2]), (known[1], known[2])) if known else ((), ())
    return Line(name or algorithm, "amazon-book",
                ["--algorithm", algorithm, *options(*settings)],
                [Figure("recall", "Recall@20", recall, recall_known),
                 Figure("ndcg", "NDCG@20", ndcg, ndcg_known)])


def movielens(algorithm, wanted=None, whose=None, name=None, settings=()):
    return Line(name or algorithm, "movielens", ["--algorithm", algorithm, *options(*settings)],
                [Figure("rmse", "RMSE", wanted, (wanted, whose) if whose else (), True)])


def lastfm(algorithm, *arguments, name=None, wanted=None, known=()):
    return Line(name or algorithm, "lastfm",
                ["--algorithm", algorithm, *arguments],
                [Figure("hit_rate", "hit rate@100", wanted, known), Figure("mrr", "MRR@100")])


# The candidates of the seed's grid that its log names, with the settings of Surprise.
SEED_MODELS = [
    ("knn", "user-knn", ("knn.prediction=plain", "knn.similarity=msd", "knn.shrinkage=0",
                         "knn.k=20", "knn.min_k=3"), (0.910, 0.567)),
    ("nmf", "nmf", ("nmf.factors=100", "nmf.epochs=50", "nmf.reg=0.06"), (0.909, 0.567)),
    ("svd", "svd", ("svd.factors=50", "svd.epochs=20", "svd.lr=0.005", "svd.reg=0.02"),
     (0.593, 0.247)),
    ("baseline", "baseline", (), (0.408, 0.174)),
]


def seed(group, name, algorithm, settings, log):
    known = [(figure, "the seed's log") for figure in log] if group == "seed" else [(), ()]
    return Line(f"{name}-{group}", group, ["--algorithm", algorithm, *options(*settings)],
                [Figure("precision", "precision@5", None, known[0]),
                 Figure("recall", "recall@5", None, known[1]),
                 Figure("rmse", "RMSE", low_is_good=True)])


def ranking(algorithm, *settings):
    return Line(f"{algorithm}-books", "ranking", ["--algorithm", algorithm, *options(*settings)],
                [Figure("recall", "Recall@20"), Figure("ndcg", "NDCG@20")])


LINES = [
    amazon("popularity"),
    amazon("item-knn", known=(0.1233, 0.0750, "implicit's cosine"), name="item-knn-cosine",
           settings=("train.shrinkage=0", "train.reader_damping=0", "train.min_support=1")),
    amazon("item-knn", settings=("train.reader_damping=1", "train.min_support=1")),
    amazon("rp3beta"),
    amazon("gf-cf"),
    amazon("slim"),
    amazon("ease", known=(0.1734, 0.1018, "EASE, lambda 100, in numpy"), name="ease-paper",
           settings=("ease.dense=1", "ease.lambda=100", "ease.reader_damping=0",
                     "ease.item_damping=0", "ease.item_return=0")),
    amazon("ease", 0.174, 0.102, settings=("ease.dense=1",)),
    # Chosen on a fifth of the train file, as docs/training.md says.
    amazon("ials", 0.175, 0.097, (0.1706, 0.0930, "implicit's ALS, 256 factors"),
           settings=("ials.factors=512", "ials.sweeps=8", "ials.unobserved=0.01",
                     "ials.lambda=0.003")),
    amazon("bpr", 0.140, 0.075, (0.0740, 0.0367, "implicit's BPR, 50 epochs"),
           settings=("bpr.lr=0.1", "bpr.reg=0.02")),
    amazon("blend", 0.187, 0.112, (0.1688, 0.0917, "KGIN, with a knowledge graph")),
    movielens("baseline", 0.944, "Surprise, BaselineOnly"),
    movielens("baseline", 0.944, "Surprise, BaselineOnly", "baseline-sgd",
              ("baseline.method=sgd",)),
    movielens("svd", 0.934, "Surprise, SVD"),
    movielens("svdpp", 0.919, "Surprise, SVD++"),
    movielens("nmf", 0.963, "Surprise, NMF"),
    movielens("gd-mf"),
    movielens("user-knn", 0.980, "Surprise, k-NN", "user-knn-plain",
              ("knn.prediction=plain", "knn.similarity=msd", "knn.shrinkage=0")),
    movielens("user-knn", 0.951, "Surprise, centred k-NN", "user-knn-centred",
              ("knn.prediction=centred", "knn.similarity=msd", "knn.shrinkage=0")),
    movielens("user-knn", 0.931, "Surprise, k-NN baseline", "user-knn"),
    movielens("item-knn", 0.931, "Surprise, k-NN baseline", "item-knn-ratings"),
    movielens("rate-blend", 0.905, name="rate-blend"),
    lastfm("popularity", name="popularity-lastfm"),
    lastfm("markov", "--recency", "20"),
    lastfm("item-knn", "--recency", "3", "--set", "train.min_support=1", name="item-knn-lastfm"),
    lastfm("item2vec"),
    *(seed("seed", *model) for model in SEED_MODELS),
    *(seed("honest", *model) for model in SEED_MODELS),
    ranking("popularity"),
    ranking("item-knn"),
    ranking("rp3beta"),
    ranking("ease", "ease.dense=1"),
    ranking("ials", "ials.factors=64"),
]
