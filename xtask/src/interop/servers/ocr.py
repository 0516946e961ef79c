"""ocr.py PORT: reads the number that the test camera burned into a picture of 640x480, posted as it is."""

import sys
import unicodedata

import cv2
import numpy
import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from rapidocr_onnxruntime import RapidOCR

app = FastAPI()
reader = RapidOCR(intra_op_num_threads=1)


def read(body):
    picture = cv2.imdecode(numpy.frombuffer(body, numpy.uint8), cv2.IMREAD_COLOR)
    if picture is None or picture.shape[:2] != (480, 640):
        raise HTTPException(400, "a JPEG or PNG of 640x480 is needed")
    # The plate with the digits, without its round corners, and of that what is written: a reader that is asked for a
    # line sees letters in empty space.
    plate = picture[20:108, 28:388]
    columns = numpy.flatnonzero((plate.max(axis=2) < 128).any(axis=0))
    if columns.size == 0:
        raise HTTPException(422, "nothing is written on the plate")
    line = plate[:, columns[0] : columns[-1] + 1]
    line = cv2.copyMakeBorder(line, 0, 0, 16, 16, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    lines, _ = reader(line, use_det=False, use_cls=False)
    text, score = lines[0]
    return {"text": unicodedata.normalize("NFKC", text).strip(), "score": float(score)}


@app.get("/ready")
def ready():
    return {}


@app.post("/read")
async def answer(request: Request):
    return await run_in_threadpool(read, await request.body())


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="info")
