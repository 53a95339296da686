"""Reads a model file as docs/model-file.md describes it, without the program's own code."""
import json
import struct

HEAD = 4096
TYPES = {1: "I", 2: "i", 3: "Q", 4: "q", 5: "f"}


class ModelFile:
    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        magic, version, endian, length, n_sections = struct.unpack_from("<8sIIQI", data)
        assert magic == b"\x89RAMODL\n" and version == 1 and endian == 0x01020304, path
        assert length == len(data), (length, len(data))
        self.sections = {}
        for row in range(n_sections):
            name, dtype, _, rows, cols, offset, size, _ = struct.unpack_from("<24sIIQQQQQ", data,
                                                                          64 + 72 * row)
            raw = data[offset:offset + size]
            value = struct.unpack(f"<{rows * cols}{TYPES[dtype]}", raw) if dtype else raw
            self.sections[name.rstrip(b"\0").decode()] = value
        self.meta = json.loads(self.sections["meta"])

    def __len__(self):
        return len(self.sections["item_ids"])

    def card(self, item_ix):
        offsets = self.sections["card_offsets"]
        return json.loads(self.sections["cards"][offsets[item_ix]:offsets[item_ix + 1]] + b"}")

    def titles(self):
        return self.sections["titles"].decode().split("\0")[:-1]

    def similar(self, item_ix):
        """[(item_ix, score)], best first; none for a model without neighbours."""
        start = self.sections.get("similar_start")
        if not start:
            return []
        span = slice(start[item_ix], start[item_ix + 1])
        return list(zip(self.sections["similar_ix"][span], self.sections["similar_score"][span]))
