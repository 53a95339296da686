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
    """SplitMix64, and Box and Muller on it."""

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

    def normal(self):
        radius = math.sqrt(-2 * math.log(1 - self.unit()))
        return radius * math.cos(2 * math.pi * self.unit())


def baseline_als(reg_u=15, reg_i=10):
    b_u, b_i = [0.0] * READERS, [0.0] * ITEMS
    for _ in range(EPOCHS):
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
    p = [[std * stream.normal() for _ in range(FACTORS)] for _ in range(READERS)]
    q = [[std * stream.normal() for _ in range(FACTORS)] for _ in range(ITEMS)]
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
    p = [[std * stream.normal() for _ in range(FACTORS)] for _ in range(READERS)]
    q = [[std * stream.normal() for _ in range(FACTORS)] for _ in range(ITEMS)]
    y = [[std * stream.normal() for _ in range(FACTORS)] for _ in range(ITEMS)]
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


def main():
    print("/* Made by make_golden.py; do not edit. */")
    print("/* clang-format off */")
    print('#include "readalike/csr.h"\n')
    print(f"enum {{ READERS = {READERS}, ITEMS = {ITEMS}, FACTORS = {FACTORS}, "
          f"EPOCHS = {EPOCHS}, SEED = {SEED} }};")
    rows = ", ".join(f"{{{u}, {i}, {r}}}" for (u, i), r in sorted(RATINGS.items()))
    print(f"static const struct ra_triplet golden_ratings[] = {{{rows}}};")
    for name, predict in (("baseline_als", baseline_als()), ("baseline_sgd", baseline_sgd()),
                          ("svd", svd(True)), ("svd_unbiased", svd(False)), ("svdpp", svdpp())):
        values = ", ".join(f"{predict(u, i):.9f}" for u in range(READERS) for i in range(ITEMS))
        print(f"static const double golden_{name}[] = {{{values}}};")


if __name__ == "__main__":
    main()
