"""Computing in pure Python, and a database: what `python3` programs do. One line a number, as bench/programs/report.h."""

import sqlite3
import sys
import time


def report(name, unit, value):
    print(f"{name}\t{unit}\t{value:.3f}", flush=True)


def sieve(limit):
    marks = bytearray([1]) * (limit + 1)
    for i in range(2, int(limit**0.5) + 1):
        if marks[i]:
            marks[i * i :: i] = bytes(len(range(i * i, limit + 1, i)))
    return sum(marks) - 2


def words(count):
    seen = {}
    value = 12345
    for _ in range(count):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
        key = f"word {value % 5000}"
        seen[key] = seen.get(key, 0) + 1
    return sum(seen.values())


def rows(path, count):
    base = sqlite3.connect(path)
    base.execute("create table if not exists t(a integer primary key, b text)")
    start = time.perf_counter()
    with base:
        base.executemany("insert or replace into t values(?, ?)", ((i, f"row {i}") for i in range(count)))
    for i in range(20):
        with base:
            base.execute("update t set b = ? where a = ?", (f"changed {i}", i))
    elapsed = time.perf_counter() - start
    assert base.execute("pragma integrity_check").fetchone()[0] == "ok"
    base.close()
    return elapsed


size = int(sys.argv[1])
start = time.perf_counter()
assert sieve(size) > 0
report("Python, sieve", "ms", (time.perf_counter() - start) * 1e3)
start = time.perf_counter()
assert words(size // 10) == size // 10
report("Python, texts in a dictionary", "ms", (time.perf_counter() - start) * 1e3)
report("Python, sqlite3 in a file", "ms", rows("bench.db", size // 50) * 1e3)
