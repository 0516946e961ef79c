"""triton_irises.py HTTP_PORT GRPC_PORT METRICS_PORT: Triton with the classifier of the irises."""

import sys

import joblib
import numpy
from pytriton.decorators import batch
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

model = joblib.load("model.joblib")


@batch
def infer(rows):
    return {
        "class": model.predict(rows).astype(numpy.int64).reshape(-1, 1),
        "probabilities": model.predict_proba(rows).astype(numpy.float64),
    }


http, grpc, metrics = map(int, sys.argv[1:])
config = TritonConfig(
    http_address="127.0.0.1",
    http_port=http,
    grpc_address="127.0.0.1",
    grpc_port=grpc,
    metrics_port=metrics,
)
with Triton(config=config) as triton:
    triton.bind(
        model_name="iris",
        infer_func=infer,
        inputs=[Tensor(name="rows", dtype=numpy.float64, shape=(4,))],
        outputs=[
            Tensor(name="class", dtype=numpy.int64, shape=(1,)),
            Tensor(name="probabilities", dtype=numpy.float64, shape=(3,)),
        ],
        config=ModelConfig(max_batch_size=64),
    )
    triton.serve()
