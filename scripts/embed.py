#!/usr/bin/env python3
"""Writes files into a C source, so that the program needs no folder beside it.

    embed.py OUT.c SYMBOL [--root DIR] FILES...

OUT.c defines `const struct ra_embedded SYMBOL[]` and `const size_t SYMBOL_count`
(readalike/embedded.h), sorted by name. A file's name is its path below DIR, its last part alone
without one. Each is followed by a NUL that `size` does not count, so text is a C string.
"""
import argparse
import os


def c_bytes(data):
    rows = []
    for at in range(0, len(data), 24):
        rows.append("    " + ",".join(str(byte) for byte in data[at:at + 24]) + ",\n")
    return "".join(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("symbol")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--root", help="names are relative to this folder")
    args = parser.parse_args()

    def name_of(path):
        return os.path.relpath(path, args.root) if args.root else os.path.basename(path)

    rows = sorted((name_of(path), path) for path in args.files)
    names = [name for name, _ in rows]
    if len(set(names)) != len(names):
        parser.error("two files have the same name")
    parts = ["/* Written by scripts/embed.py; do not edit. */\n",
             '#include "readalike/embedded.h"\n\n']
    table = []
    for number, (name, path) in enumerate(rows):
        with open(path, "rb") as file:
            data = file.read()
        parts.append(f"static const unsigned char file_{number}[] = {{\n{c_bytes(data)}    0}};\n")
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        table.append(f'    {{"{quoted}", file_{number}, {len(data)}}},\n')
    # An array of C has one row at least; the count says how many are meant.
    table.append("    {0, 0, 0},\n")
    symbol = args.symbol
    parts.append(f"\nextern const struct ra_embedded {symbol}[];\n"
                 f"extern const size_t {symbol}_count;\n"
                 f"const struct ra_embedded {symbol}[] = {{\n{''.join(table)}}};\n"
                 f"const size_t {symbol}_count = {len(rows)};\n")
    with open(args.out, "w", encoding="utf-8") as file:
        file.write("".join(parts))


main()
