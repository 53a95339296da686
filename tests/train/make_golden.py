#!/usr/bin/env python3
"""Prints golden.h: what the rating algorithms predict for a small table of ratings.

    tests/train/make_golden.py > tests/train/golden.h

Plain loops over dictionaries, written from the papers' update rules and Surprise's defaults,
sharing nothing with the program but the generator of the first factors. Run once; the numbers are
committed.
"""
import math
import random

random.seed(9)
READERS, ITEMS, FACTORS, EPOCHS, SEED = 9, 8, 3, 7, 42
MASK = (1 << 64) - 1
RATINGS = {(u, i): random.randint(1, 5) for u in range(READERS - 1)
           for i in sorted(random.sample(range(ITEMS - 1), random.randint(1, 6)))}
MU = sum(RATINGS.values()) / len(RATINGS)


class Stream:
    """SplitMix64, and the sum of four uniform numbers on it."""

    def __init__(self, seed, number):
        self.state = seed
        self.state = self.next() ^ number
        self.state = self.next()

    def next(self):
        self.state = (self.state + 0x9e3779b97f4a7c15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & MASK
        z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & MASK
        return z ^ (z >> 31)

    def unit(self):
        return (self.next() >> 11) / 2**53

    def bell(self):
        bits = self.next()
        return (sum(bits >> (16 * i) & 0xffff for i in range(4)) - 2 * 65535) * math.sqrt(3) / 65536


def baseline_als(reg_u=15, reg_i=10, epochs=EPOCHS):
    b_u, b_i = [0.0] * READERS, [0.0] * ITEMS
    for _ in range(epochs):
        for i in range(ITEMS):
            rest = [r - MU - b_u[v] for (v, j), r in RATINGS.items() if j == i]
            b_i[i] = sum(rest) / (reg_i + len(rest))
        for u in range(READERS):
            rest = [r - MU - b_i[j] for (v, j), r in RATINGS.items() if v == u]
            b_u[u] = sum(rest) / (reg_u + len(rest))
    return lambda u, i: MU + b_u[u] + b_i[i]


def baseline_sgd(gamma=0.005, lam=0.02):
    b_u, b_i = [0.0] * READERS, [0.0] * ITEMS
    for _ in range(EPOCHS):
        for (u, i), r in sorted(RATINGS.items()):
            e = r - (MU + b_u[u] + b_i[i])
            b_u[u] += gamma * (e - lam * b_u[u])
            b_i[i] += gamma * (e - lam * b_i[i])
    return lambda u, i: MU + b_u[u] + b_i[i]


def known(u, i):
    return any(v == u for v, _ in RATINGS), any(j == i for _, j in RATINGS)


def svd(biased, gamma=0.005, lam=0.02, std=0.1):
    stream = Stream(SEED, 0)
    p = [[std * stream.bell() for _ in range(FACTORS)] for _ in range(READERS)]
    q = [[std * stream.bell() for _ in range(FACTORS)] for _ in range(ITEMS)]
    b_u, b_i, mu = [0.0] * READERS, [0.0] * ITEMS, MU if biased else 0
    for _ in range(EPOCHS):
        for (u, i), r in sorted(RATINGS.items()):
            e = r - (mu + b_u[u] + b_i[i] + sum(a * b for a, b in zip(p[u], q[i])))
            if biased:
                b_u[u] += gamma * (e - lam * b_u[u])
                b_i[i] += gamma * (e - lam * b_i[i])
            for f in range(FACTORS):
                puf, qif = p[u][f], q[i][f]
                p[u][f] += gamma * (e * qif - lam * puf)
                q[i][f] += gamma * (e * puf - lam * qif)
    return lambda u, i: mu + b_u[u] + b_i[i] + (
        sum(a * b for a, b in zip(p[u], q[i])) if all(known(u, i)) else 0)


def svdpp(gamma=0.007, lam=0.02, std=0.1):
    stream = Stream(SEED, 0)
    p = [[std * stream.bell() for _ in range(FACTORS)] for _ in range(READERS)]
    q = [[std * stream.bell() for _ in range(FACTORS)] for _ in range(ITEMS)]
    y = [[std * stream.bell() for _ in range(FACTORS)] for _ in range(ITEMS)]
    b_u, b_i = [0.0] * READERS, [0.0] * ITEMS
    rated = [[j for (v, j) in sorted(RATINGS) if v == u] for u in range(READERS)]

    def implicit(u):
        return [sum(y[j][f] for j in rated[u]) / math.sqrt(len(rated[u]) or 1)
                for f in range(FACTORS)]

    def predict(u, i):
        dot = sum(b * (a + c) for a, b, c in zip(p[u], q[i], implicit(u)))
        return MU + b_u[u] + b_i[i] + (dot if all(known(u, i)) else 0)

    for _ in range(EPOCHS):
        for (u, i), r in sorted(RATINGS.items()):
            feedback, root = implicit(u), math.sqrt(len(rated[u]))
            e = r - predict(u, i)
            b_u[u] += gamma * (e - lam * b_u[u])
            b_i[i] += gamma * (e - lam * b_i[i])
            for f in range(FACTORS):
                puf, qif = p[u][f], q[i][f]
                p[u][f] += gamma * (e * qif - lam * puf)
                q[i][f] += gamma * (e * (puf + feedback[f]) - lam * qif)
                for j in rated[u]:
                    y[j][f] += gamma * (e * qif / root - lam * y[j][f])
    return predict


def nmf(biased, lam=0.06, gamma=0.005, lam_b=0.02):
    stream = Stream(SEED, 0)
    p = [[stream.unit() for _ in range(FACTORS)] for _ in range(READERS)]
    q = [[stream.unit() for _ in range(FACTORS)] for _ in range(ITEMS)]
    b_u, b_i, mu = [0.0] * READERS, [0.0] * ITEMS, MU if biased else 0

    def predict(u, i):
        dot = sum(a * b for a, b in zip(p[u], q[i])) if all(known(u, i)) else 0
        return mu + b_u[u] + b_i[i] + dot

    estimates = {}

    def multiply(row, mine, others, axis):
        for f in range(FACTORS if mine else 0):
            over = sum(RATINGS[m] * others[m[1 - axis]][f] for m in mine)
            under = sum(estimates[m] * others[m[1 - axis]][f] for m in mine)
            row[f] *= over / (under + lam * len(mine) * row[f])

    for _ in range(EPOCHS):
        estimates.clear()
        for x in range(READERS):
            mine = sorted(pair for pair in RATINGS if pair[0] == x)
            for u, i in mine:
                estimates[u, i] = predict(u, i)
                e = RATINGS[u, i] - estimates[u, i]
                if biased:
                    b_u[u] += gamma * (e - lam_b * b_u[u])
                    b_i[i] += gamma * (e - lam_b * b_i[i])
            multiply(p[x], mine, q, 0)
            for m in mine:
                estimates[m] = predict(*m)
        for x in range(ITEMS):
            multiply(q[x], [pair for pair in RATINGS if pair[1] == x], p, 1)
    return predict


def gd_mf(gamma=0.5, lam=5, std=0.1):
    stream = Stream(SEED, 0)
    rows = [[std * stream.bell() for _ in range(FACTORS)] for _ in range(READERS + ITEMS)]
    pairs = {(u, READERS + i): r for (u, i), r in RATINGS.items()}
    of = [[pair for pair in pairs if x in pair] for x in range(READERS + ITEMS)]
    rows = [row if of[x] else [0.0] * FACTORS for x, row in enumerate(rows)]

    def loss(z):
        errors = sum((r - MU - sum(a * b for a, b in zip(z[u], z[i]))) ** 2
                     for (u, i), r in pairs.items())
        return errors / 2 + lam / 2 * sum(f * f for row in z for f in row)

    for _ in range(EPOCHS):
        down = [[-lam * f for f in row] for row in rows]
        for (u, i), r in pairs.items():
            e = r - MU - sum(a * b for a, b in zip(rows[u], rows[i]))
            for f in range(FACTORS):
                down[u][f] += e * rows[i][f]
                down[i][f] += e * rows[u][f]
        while True:
            step = [[f + gamma * d / max(1, len(of[x])) for f, d in zip(row, down[x])]
                    for x, row in enumerate(rows)]
            if loss(step) <= loss(rows):
                break
            gamma /= 2
        rows, gamma = step, gamma * 1.05
    return lambda u, i: MU + sum(a * b for a, b in zip(rows[u], rows[READERS + i]))


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else MU


def similarity(kind, a, b, table, baseline, shrinkage):
    """Of rows a and b of `table`, {row: {column: rating}}; None below two shared columns."""
    shared = sorted(set(table[a]) & set(table[b]))
    n = len(shared)
    if n < 2:
        return None
    x, y = [table[a][c] for c in shared], [table[b][c] for c in shared]
    if kind == "msd":
        s = 1 / (sum((l - r) ** 2 for l, r in zip(x, y)) / n + 1)
    elif kind == "jaccard":
        s = n / len(set(table[a]) | set(table[b]))
    else:
        if kind == "pearson":
            x, y = [l - mean(x) for l in x], [r - mean(y) for r in y]
        elif kind == "adjusted-cosine":
            means = {c: mean(row[c] for row in table.values() if c in row) for c in shared}
            x, y = [l - means[c] for l, c in zip(x, shared)], [r - means[c] for r, c in
                                                               zip(y, shared)]
        elif kind == "pearson-baseline":
            x = [l - baseline(a, c) for l, c in zip(x, shared)]
            y = [r - baseline(b, c) for r, c in zip(y, shared)]
        under = math.sqrt(sum(l * l for l in x) * sum(r * r for r in y))
        s = sum(l * r for l, r in zip(x, y)) / under if under > 1e-12 else 0
    return s * (n - 1) / (n - 1 + shrinkage) if shrinkage else s


def knn(kind, prediction, by_item, shrinkage, k=3, min_k=2):
    bias = baseline_als(epochs=20)
    baseline = (lambda row, col: bias(col, row)) if by_item else bias
    n_rows, n_cols = (ITEMS, READERS) if by_item else (READERS, ITEMS)
    table = {row: {} for row in range(n_rows)}
    for (u, i), r in RATINGS.items():
        table[i if by_item else u][u if by_item else i] = r
    means = {row: mean(table[row].values()) for row in table}
    total = math.sqrt(mean((r - means[row]) ** 2 for row in table for r in table[row].values()))

    def spread(row):
        if prediction != "z-score":
            return 1
        deviation = math.sqrt(mean([(r - means[row]) ** 2 for r in table[row].values()] or [0]))
        return deviation if deviation > 0 else total

    def centre(row, col):
        return {"plain": MU, "baseline": baseline(row, col)}.get(prediction, means[row])

    def predict(row, col):
        near = []
        for other in range(n_rows):
            if other != row and col in table[other]:
                s = similarity(kind, row, other, table, baseline, shrinkage)
                if s is not None and s > 1e-12:
                    near.append((s, -other))
        near = sorted(near, reverse=True)[:k]
        if len(near) < min_k:
            return centre(row, col)
        over = sum(s * (table[-o][col] - centre(-o, col)) / spread(-o) for s, o in near)
        return centre(row, col) + spread(row) * over / sum(s for s, _ in near)

    return (lambda u, i: predict(i, u)) if by_item else predict


KNN = [("cosine", "plain", 0), ("pearson", "centred", 0), ("adjusted-cosine", "centred", 4),
       ("msd", "z-score", 0), ("jaccard", "plain", 4), ("pearson-baseline", "baseline", 4)]


def print_knn():
    print("static const struct {\n    bool by_item;\n    const char *similarity, *prediction;\n"
          "    double shrinkage, ratings[READERS * ITEMS];\n} golden_knn[] = {")
    for by_item in (False, True):
        for kind, prediction, shrinkage in KNN:
            predict = knn(kind, prediction, by_item, shrinkage)
            values = ", ".join(f"{predict(u, i):.7f}" for u in range(READERS)
                               for i in range(ITEMS))
            print(f'    {{{str(by_item).lower()}, "{kind}", "{prediction}", {shrinkage}, '
                  f"{{{values}}}}},")
    print("};")


def main():
    print("/* Made by make_golden.py; do not edit. */")
    print("/* clang-format off */")
    print('#include "readalike/csr.h"\n')
    print(f"enum {{ READERS = {READERS}, ITEMS = {ITEMS}, FACTORS = {FACTORS}, "
          f"EPOCHS = {EPOCHS}, SEED = {SEED} }};")
    rows = ", ".join(f"{{{u}, {i}, {r}}}" for (u, i), r in sorted(RATINGS.items()))
    print(f"static const struct ra_triplet golden_ratings[] = {{{rows}}};")
    for name, predict in (("baseline_als", baseline_als()), ("baseline_sgd", baseline_sgd()),
                          ("svd", svd(True)), ("svd_unbiased", svd(False)), ("svdpp", svdpp()),
                          ("nmf", nmf(False)), ("nmf_biased", nmf(True)), ("gd_mf", gd_mf())):
        values = ", ".join(f"{predict(u, i):.9f}" for u in range(READERS) for i in range(ITEMS))
        print(f"static const double golden_{name}[] = {{{values}}};")
    print_knn()


if __name__ == "__main__":
    main()
