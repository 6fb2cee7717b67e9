#!/usr/bin/env python3
"""Writes the arrival traces that are made up, as models of what is seen on such networks. No packet was captured for them.

A line for each packet of 20 ms: how late it was, in microseconds, or `lost`. `busy_machine.csv` is not made here: it was
captured, see its first line.
"""

import random

PACKETS = 1500


def write(name, origin, lateness):
    """Keeps packets in order: a queue does not overtake itself."""
    with open(name, "w", encoding="ascii") as file:
        file.write(f"# {origin}\n")
        free = 0.0
        for n, late in enumerate(lateness):
            if late is None:
                file.write("lost\n")
                continue
            free = max(free, n * 20_000 + late)
            file.write(f"{round(free - n * 20_000)}\n")


def wifi_roaming(rng):
    late = [rng.expovariate(1 / 1_500) for _ in range(PACKETS)]
    for start in range(400, PACKETS, 400):
        held = rng.randint(9, 17)
        for n in range(start, start + held):
            lost = n < start + 3
            late[n] = None if lost else (start + held - n) * 20_000
    return late


def bufferbloat(rng):
    late = []
    for n in range(PACKETS):
        if n < 300:
            queue = 0
        elif n < 700:
            queue = (n - 300) * 800
        elif n < 900:
            queue = 320_000
        else:
            queue = max(0, 320_000 - (n - 900) * 4_000)
        late.append(queue + rng.uniform(0, 4_000))
    return late


def three_at_once(rng):
    return [(2 - n % 3) * 20_000 + rng.uniform(0, 1_000) for n in range(PACKETS)]


def lte_handover(rng):
    late = []
    for n in range(PACKETS):
        path = 25_000 if n >= 500 else 0
        repeats = rng.choices([0, 1, 2], [88, 10, 2])[0]
        late.append(path + repeats * 8_000 + rng.uniform(0, 2_000))
    for start, held in [(500, 5), (1_000, 6)]:
        for n in range(start, start + held):
            late[n] = (start + held - n) * 20_000 + 25_000
    return late


write("wifi_roaming.csv", "model: every 8 s another access point, 180 to 340 ms without, the first 3 packets lost",
      wifi_roaming(random.Random(1)))
write("bufferbloat.csv", "model: from 6 s on an upload fills a queue of 320 ms within 8 s; it is gone at 20 s",
      bufferbloat(random.Random(2)))
write("three_at_once.csv", "model: a sender or link that lets three packets go at once",
      three_at_once(random.Random(3)))
write("lte_handover.csv", "model: repeats of 8 ms, two handovers of 100 and 120 ms, the path 25 ms longer after the first",
      lte_handover(random.Random(4)))
