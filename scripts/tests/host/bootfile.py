# SPDX-License-Identifier: GPL-2.0
"""Made-up boot files, in the format of bench/boot/read.h."""
import collections
import random

BLOCKS = 12
EXITS = 130  # of a block

# price: what is added to each exit, a number or a function of the random numbers; or
# the reason, a text, why the row did not run. hits: of each block; "-" for no handler.
Row = collections.namedtuple("Row", "id hook mechanism output price hits proof site",
                             defaults=["-", 0, "-", "ok", "-"])

NONE = Row("none", "none", "none")
CONTROL = Row("control", "none", "none", "control")


def write_boot(path, facts, rows):
    """One boot in which the rows cost what they say, on top of a comb of three teeth."""
    chance = random.Random(str(path))
    lines = ["procmon-boot 1", *(f"env\t{key}\t{value}" for key, value in facts.items())]
    for row in rows:
        lines.append(f"row\t{row.id}\t{row.hook}\t{row.mechanism}\t-\t{row.site}\t{row.output}")
        if isinstance(row.price, str):
            lines.append(f"skip\t{row.id}\t{row.price}")
            continue
        missed = "-" if row.hits == "-" else "0"
        for block in range(BLOCKS):
            ticks = []
            for _ in range(EXITS):
                price = row.price(chance) if callable(row.price) else row.price
                ticks.append(price + chance.choices([40000, 41093, 42200], [6, 2, 2])[0])
            lines.append(f"block\t{row.id}\t{block}\t{EXITS}\t{row.hits}\t{missed}\t{row.proof}\t"
                         + " ".join(map(str, ticks)))
    path.write_text("\n".join([*lines, "end", ""]))
    return path
