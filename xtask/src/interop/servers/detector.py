"""detector.py PORT: LitServe with a detector of body parts and faces, which takes a picture as a part of a form."""

import sys

import cv2
import litserve
import numpy
from fastapi import HTTPException
from nudenet import NudeDetector


class Detector(litserve.LitAPI):
    def setup(self, device):
        self.detector = NudeDetector()

    def decode_request(self, request):
        body = request["image"].file.read()
        picture = cv2.imdecode(numpy.frombuffer(body, numpy.uint8), cv2.IMREAD_COLOR)
        if picture is None:
            raise HTTPException(400, "the part `image` is no picture")
        return picture

    def predict(self, picture):
        return self.detector.detect(picture)

    def encode_response(self, boxes):
        return {"boxes": boxes}


if __name__ == "__main__":
    server = litserve.LitServer(Detector(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
