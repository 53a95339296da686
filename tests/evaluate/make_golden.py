#!/usr/bin/env python3
"""Prints golden.h: small random folds and their metrics, worked out from the definitions.

    tests/evaluate/make_golden.py > tests/evaluate/golden.h

Plain lists and loops, written from the papers' definitions and Surprise's FAQ, sharing nothing with
the program. Run once; the numbers are committed.
"""
import itertools
import math
import random

random.seed(20)
READERS, ITEMS, K = 12, 15, 4


def array(kind, name, values):
    text = ", ".join(values)
    print(f"static const {kind} {name}[] = {{{text}}};")


def number(value):
    return repr(float(value))


def ranking_fold():
    train, test = set(), set()
    for reader in range(READERS):
        for item in random.sample(range(ITEMS), random.randint(1, 6)):
            train.add((reader, item))
        for item in random.sample(range(ITEMS), random.randint(0, 7)):
            test.add((reader, item))
    scores = [[random.randint(-20, 60) / 4 for _ in range(ITEMS)] for _ in range(READERS)]
    blocked = {(0, item) for item in range(2, ITEMS)}  # reader 0 cannot be given a full list
    return train, test, scores, blocked


def rank(reader, train, scores, blocked):
    free = [i for i in range(ITEMS) if (reader, i) not in train and (reader, i) not in blocked]
    return sorted(free, key=lambda i: (-scores[reader][i], i))[:K]


def dcg(hits):
    return sum(1 / math.log2(place + 2) for place, hit in enumerate(hits) if hit)


def mean(values):
    return sum(values) / len(values)


def likeness(train, a, b):
    first, second = ({u for (u, i) in train if i == item} for item in (a, b))
    return len(first & second) / math.sqrt(len(first) * len(second)) if first and second else 0


def ranking_metrics(train, test, scores, blocked):
    out = {name: [] for name in ("recall precision map ndcg ndcg_kgat hit_rate mrr "
                                 "reader_coverage novelty popularity diversity").split()}
    holders = {i: sum((u, i) in train for u in range(READERS)) for i in range(ITEMS)}
    active = sum(any((u, i) in train for i in range(ITEMS)) for u in range(READERS))
    share = {i: max(1, n) / active for i, n in holders.items()}
    given, lift = set(), []
    for reader in range(READERS):
        relevant = {i for (u, i) in test - train if u == reader}
        if not relevant:
            continue
        listed = rank(reader, train, scores, blocked)
        hits = [i in relevant for i in listed]
        ideal = min(K, len(relevant))
        given |= set(listed)
        out["recall"].append(sum(hits) / len(relevant))
        out["precision"].append(sum(hits) / K)
        out["map"].append(sum(sum(hits[:p + 1]) / (p + 1) for p, hit in enumerate(hits) if hit)
                          / ideal)
        out["ndcg"].append(dcg(hits) / dcg([True] * ideal))
        best = sorted(hits, reverse=True)
        out["ndcg_kgat"].append(dcg(hits) / dcg(best) if any(hits) else 0)
        out["hit_rate"].append(float(any(hits)))
        out["mrr"].append(1 / (hits.index(True) + 1) if any(hits) else 0)
        out["reader_coverage"].append(float(len(listed) == K))
        out["novelty"] += [-math.log2(share[i]) for i in listed]
        out["popularity"] += [share[i] for i in listed]
        if len(listed) > 1:
            out["diversity"].append(mean([1 - likeness(train, a, b)
                                          for a, b in itertools.combinations(listed, 2)]))
        own = [share[i] for (u, i) in train if u == reader]
        if listed and own:
            lift.append((mean([share[i] for i in listed]), mean(own)))
    figures = {name: mean(values) for name, values in out.items()}
    figures["popularity_bias"] = sum(a for a, _ in lift) / sum(b for _, b in lift) - 1
    figures["item_coverage"] = len(given) / ITEMS
    return figures, len(out["recall"])


def print_ranking():
    train, test, scores, blocked = ranking_fold()
    figures, n = ranking_metrics(train, test, scores, blocked)
    print(f"enum {{ READERS = {READERS}, ITEMS = {ITEMS}, K = {K}, JUDGED = {n} }};")
    for name, rows in (("golden_train", train), ("golden_test", test)):
        array("struct ra_triplet", name, [f"{{{u}, {i}, 1}}" for u, i in sorted(rows)])
    flat = ["-INFINITY" if (u, i) in blocked else number(scores[u][i]) + "f"
            for u in range(READERS) for i in range(ITEMS)]
    array("float", "golden_scores", flat)
    for name, value in figures.items():
        print(f"#define GOLDEN_{name.upper()} {number(value)}")


def precision_recall_at_k(predictions, k, threshold):
    """As in Surprise's FAQ."""
    by_reader = {}
    for reader, true, estimate in predictions:
        by_reader.setdefault(reader, []).append((estimate, true))
    precisions, recalls = [], []
    for pairs in by_reader.values():
        pairs.sort(key=lambda pair: pair[0], reverse=True)
        n_rel = sum(true >= threshold for _, true in pairs)
        n_rec = sum(estimate >= threshold for estimate, _ in pairs[:k])
        n_both = sum(true >= threshold and estimate >= threshold for estimate, true in pairs[:k])
        precisions.append(n_both / n_rec if n_rec else 0)
        recalls.append(n_both / n_rel if n_rel else 0)
    return mean(precisions), mean(recalls)


def print_ratings():
    rows, predictions = [], []
    estimates = [random.randint(0, 24) / 4 for _ in range(READERS * ITEMS)]
    for reader in range(READERS - 1):
        for item in sorted(random.sample(range(ITEMS), random.randint(1, 9))):
            true = random.randint(1, 5)
            rows.append(f"{{{reader}, {item}, {true}}}")
            clipped = min(5, max(1, estimates[reader * ITEMS + item]))
            predictions.append((reader, true, clipped))
    array("struct ra_triplet", "golden_ratings", rows)
    array("float", "golden_estimates", [number(value) + "f" for value in estimates])
    errors = [true - estimate for _, true, estimate in predictions]
    precision, recall = precision_recall_at_k(predictions, 3, 3.5)
    figures = {"rmse": math.sqrt(mean([e * e for e in errors])),
               "mae": mean([abs(e) for e in errors]),
               "rating_precision": precision, "rating_recall": recall}
    for name, value in figures.items():
        print(f"#define GOLDEN_{name.upper()} {number(value)}")


if __name__ == "__main__":
    print("/* Made by make_golden.py; do not edit. */")
    print("/* clang-format off */")
    print("#include <math.h>\n\n#include \"readalike/csr.h\"\n")
    print_ranking()
    print_ratings()
