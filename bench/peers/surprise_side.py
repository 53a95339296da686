"""Surprise's side: cross-validation on given folds, one model or a grid of them.

Surprise computes in one thread; as its own cross_validate(n_jobs=2) does, folds are given to
processes. The sets of training are built before the clock starts, and processes are forked before
it, so that nothing but fit and test is timed.
"""
import json
import multiprocessing

import numpy as np
import surprise

from peers.worker import status_kb


def read_rows(path):
    """(reader, item, rating, fold) columns of a file of `bench_ours rows`."""
    with open(path, "rb") as file:
        n = int(np.fromfile(file, np.uint64, 1)[0])
        return [np.fromfile(file, kind, n) for kind in
                (np.uint32, np.uint32, np.float32, np.uint32)]


def make_folds(path):
    """(set to train on, rows to test) of each fold."""
    reader, item, rating, fold = read_rows(path)
    rated = ~np.isnan(rating)
    reader, item, rating, fold = (column[rated] for column in (reader, item, rating, fold))
    rows = [(str(u), str(i), float(r), None) for u, i, r in zip(reader, item, rating)]
    scale = surprise.Reader(rating_scale=(float(rating.min()), float(rating.max())))
    data = surprise.Dataset(scale)
    folds = []
    for number in range(fold.max() + 1):
        given = [row for row, its in zip(rows, fold) if its != number]
        withheld = [row[:3] for row, its in zip(rows, fold) if its == number]
        folds.append((data.construct_trainset(given), withheld))
    return folds


def make_model(name, options):
    if name in ("BaselineOnly", "KNNBasic", "KNNWithMeans", "KNNBaseline"):
        options = {**options, "verbose": False}
    else:
        options = {**options, "random_state": 1}
    return getattr(surprise, name)(**options)


FOLDS = None  # of the process that forks, for its children


def judge(task):
    """Sum of squared errors of one model on one fold."""
    (name, options), number = task
    given, withheld = FOLDS[number]
    model = make_model(name, options)
    model.fit(given)
    squares = sum((p.r_ui - p.est) ** 2 for p in model.test(withheld))
    return squares, len(withheld), multiprocessing.current_process().pid, status_kb("VmHWM:")


class Candidates:
    """RMSE of each of a list of models, [[name, options]...] as JSON."""

    pool = None

    def __init__(self, threads, rows, models):
        global FOLDS
        self.threads, self.models = threads, json.loads(models)
        FOLDS = make_folds(rows)

    def forget(self):
        if self.pool:
            self.pool.terminate()
        self.pool = multiprocessing.get_context("fork").Pool(self.threads)
        self.pool.map(abs, range(self.threads))

    def run(self):
        tasks = [(model, number) for model in self.models for number in range(len(FOLDS))]
        results = self.pool.map(judge, tasks, chunksize=1)
        rmse = []
        for at in range(0, len(results), len(FOLDS)):
            of_model = results[at:at + len(FOLDS)]
            rmse.append((sum(r[0] for r in of_model) / sum(r[1] for r in of_model)) ** 0.5)
        peaks = {pid: kb for _, _, pid, kb in results}
        best = int(np.argmin(rmse))
        return {"rmse": rmse[best], "best": self.models[best], "all_rmse": rmse,
                "children_kb": sum(peaks.values())}


WORK = {"folds": Candidates, "grid": Candidates}
