#!/usr/bin/env python3
"""Makes the sounds of this folder, sample by sample. Needs nothing but Python: python3 make.py"""
import math
import pathlib
import struct
import wave

RATE = 24_000
FOLDER = pathlib.Path(__file__).parent


def bell(hertz, seconds, strength):
    """A soft struck bar: a tone and two quieter overtones that die away sooner."""
    partials = [(1.0, 1.0, 2.2), (2.0, 0.25, 4.0), (3.01, 0.10, 7.0)]
    out = []
    for i in range(int(RATE * seconds)):
        t = i / RATE
        attack = min(1.0, t / 0.012)
        value = sum(a * math.exp(-decay * t) * math.sin(2 * math.pi * hertz * m * t) for m, a, decay in partials)
        out.append(strength * attack * value)
    return out


def mix(track, sound, at):
    start = int(RATE * at)
    for i, value in enumerate(sound):
        if start + i < len(track):
            track[start + i] += value


def save(name, track):
    fade = int(RATE * 0.05)
    for i in range(fade):
        track[-1 - i] *= i / fade
    data = b"".join(struct.pack("<h", round(32767 * max(-1.0, min(1.0, value)))) for value in track)
    with wave.open(str(FOLDER / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(data)


# A ring to be looped: a rising fourth and its echo, then rest.
ring = [0.0] * int(RATE * 3.0)
for at, hertz, strength in [(0.0, 523.25, 0.34), (0.22, 659.25, 0.30), (0.44, 783.99, 0.30), (0.95, 659.25, 0.20)]:
    mix(ring, bell(hertz, 1.9, strength), at)
save("peaceful.wav", ring)

# Two short notes: you are connected.
beep = [0.0] * int(RATE * 0.6)
mix(beep, bell(659.25, 0.3, 0.3), 0.0)
mix(beep, bell(880.0, 0.45, 0.3), 0.12)
save("connected.wav", beep)
