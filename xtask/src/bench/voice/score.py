"""Speech for listening tests, and scores: what `cargo xtask bench voice` needs of Python's packages.

speech FROM LENGTH SOURCE TARGET ...   G.722 to WAV, FROM the second given, so many seconds, at one level
score                                  lines of JSON with "reference" and "degraded" in, with "score" out
"""

import json
import multiprocessing
import sys
import wave

import numpy

RATE = 16_000
# Active speech of calls lies about here (ITU-T P.56, in dB below overload).
LEVEL_DB = -26.0
# Of speech of which nothing is heard.
LEAST = 1.0


def read(path):
    with wave.open(path) as file:
        assert file.getframerate() == RATE and file.getnchannels() == 1 and file.getsampwidth() == 2, path
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype(numpy.float32)


def speech(source, start, length, target):
    from G722 import G722

    with open(source, "rb") as file:
        sound = numpy.asarray(G722(RATE, 64_000).decode(file.read()), numpy.float64)
    sound = sound[round(start * RATE) : round((start + length) * RATE)]
    loud = sound[numpy.abs(sound) > 0.02 * numpy.abs(sound).max()]
    sound *= 32_768 * 10 ** (LEVEL_DB / 20) / numpy.sqrt(numpy.mean(loud**2))
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(numpy.clip(sound, -32_768, 32_767).astype("<i2").tobytes())


def score(line):
    from pesq import NoUtterancesError, pesq

    told = json.loads(line)
    reference, degraded = read(told["reference"]), read(told["degraded"])
    try:
        # Digital silence is more than it can bear.
        told["score"] = pesq(RATE, reference, degraded, "wb") if degraded.any() else LEAST
    except NoUtterancesError:
        told["score"] = LEAST
    return json.dumps(told)


if __name__ == "__main__":
    if sys.argv[1] == "speech":
        source, start, length, target = sys.argv[2:6]
        speech(source, float(start), float(length), target)
    else:
        with multiprocessing.Pool() as pool:
            for line in pool.imap(score, sys.stdin, 4):
                print(line, flush=True)
