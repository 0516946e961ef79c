"""Sends the frames of cameras to a model server, as one does it with OpenCV: a thread for each camera, and a pool."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import requests

summary, server, workers, *cameras = sys.argv[1:]
local = threading.local()


def ask(picture, captured_at):
    if not hasattr(local, "session"):
        local.session = requests.Session()
    encoded = cv2.imencode(".jpg", picture)[1].tobytes()
    reply = local.session.post(server, data=encoded, headers={"Content-Type": "image/jpeg"})
    reply.raise_for_status()
    reply.json()
    return time.monotonic() - captured_at


def capture(pool, camera, futures):
    stream = cv2.VideoCapture(camera)
    while True:
        read, picture = stream.read()
        if not read:
            return
        futures.append(pool.submit(ask, picture, time.monotonic()))


with ThreadPoolExecutor(int(workers)) as pool:
    futures = [[] for _ in cameras]
    threads = [
        threading.Thread(target=capture, args=(pool, camera, own)) for camera, own in zip(cameras, futures)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = sorted(future.result() for own in futures for future in own)

with open(summary, "w") as file:
    json.dump(
        {
            "captured": sum(map(len, futures)),
            "answered": len(times),
            "latency_p50_ms": 1e3 * times[len(times) // 2],
            "latency_p99_ms": 1e3 * times[len(times) * 99 // 100],
        },
        file,
    )
