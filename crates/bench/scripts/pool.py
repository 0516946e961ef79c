"""Python's pool in the workloads of the benchmark: `python3 pool.py WORKLOAD SIZE` prints a sample as JSON."""

import asyncio
import json
import os
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

WORKERS = 2
SUBMITTERS = 4
# A task costs a hundred times what it costs elsewhere: fewer say the same.
SHARE = 20
HANGS_AFTER = 60
HANGS = 75


class Meter:
    def __init__(self):
        self.usage = resource.getrusage(resource.RUSAGE_SELF)
        self.started = time.perf_counter()

    def stop(self):
        seconds = time.perf_counter() - self.started
        before, now = self.usage, resource.getrusage(resource.RUSAGE_SELF)
        return {
            "seconds": seconds,
            "cpu_seconds": now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime,
            "voluntary_switches": now.ru_nvcsw - before.ru_nvcsw,
            "allocations": None,
        }


def submit_all(pool, tasks):
    futures = [pool.submit(int, number) for number in range(tasks)]
    assert sum(future.result() for future in futures) == tasks * (tasks - 1) // 2


def per_task(tasks, effort):
    return effort["seconds"] * 1e9 / tasks, tasks, effort


def submission(size):
    tasks = size // SHARE
    with ThreadPoolExecutor(WORKERS) as pool:
        submit_all(pool, 1000)
        meter = Meter()
        submit_all(pool, tasks)
        return per_task(tasks, meter.stop())


def submitters(size):
    tasks = size // SHARE
    with ThreadPoolExecutor(WORKERS) as pool:
        submit_all(pool, 1000)
        start = threading.Barrier(SUBMITTERS + 1)

        def submitter():
            start.wait()
            submit_all(pool, tasks // SUBMITTERS)

        threads = [threading.Thread(target=submitter) for _ in range(SUBMITTERS)]
        for thread in threads:
            thread.start()
        meter = Meter()
        start.wait()
        for thread in threads:
            thread.join()
        return per_task(tasks, meter.stop())


def spawn_tree(depth):
    depth -= 5
    leaves = 2**depth
    counted = 0
    lock = threading.Lock()
    all_there = threading.Event()
    with ThreadPoolExecutor(WORKERS) as pool:

        def grow(depth):
            nonlocal counted
            if depth:
                pool.submit(grow, depth - 1)
                pool.submit(grow, depth - 1)
                return
            with lock:
                counted += 1
                if counted == leaves:
                    all_there.set()

        submit_all(pool, 1000)
        meter = Meter()
        pool.submit(grow, depth)
        all_there.wait()
        effort = meter.stop()
    assert counted == leaves
    return per_task(2 * leaves - 1, effort)


def timers(count):
    async def sleep():
        await asyncio.sleep(0.01)
        return 1

    async def sleep_all():
        return sum(await asyncio.gather(*(sleep() for _ in range(count))))

    meter = Meter()
    assert asyncio.run(sleep_all()) == count
    effort = meter.stop()
    return effort["seconds"] * 1e3, count, effort


def memory(size):
    tasks = size // SHARE
    with ThreadPoolExecutor(WORKERS) as pool:
        submit_all(pool, 1000)
        gate = threading.Event()
        arrivals = threading.Barrier(WORKERS + 1)

        def close():
            arrivals.wait()
            gate.wait()

        for _ in range(WORKERS):
            pool.submit(close)
        arrivals.wait()
        futures = []
        meter = Meter()
        before = resident()
        for number in range(tasks):
            futures.append(pool.submit(int, number))
        after = resident()
        effort = meter.stop()
        gate.set()
        wait(futures)
    return (after - before) / tasks, tasks, effort


def resident():
    with open("/proc/self/smaps_rollup") as rollup:
        return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Rss:"))


WORKLOADS = {"W1": submission, "W2": spawn_tree, "W6T": timers, "W7": submitters, "W8M": memory}


def main():
    hangs = threading.Timer(HANGS_AFTER, os._exit, [HANGS])
    hangs.daemon = True
    hangs.start()
    _, workload, size = sys.argv
    value, operations, effort = WORKLOADS[workload](int(size))
    print(json.dumps({"value": value, "operations": operations, "effort": effort}))


main()
