"""kserve_irises.py PORT: KServe with the classifier of the irises, over version 1 and 2 of its protocol."""

import sys

import joblib
import numpy
from kserve import InferOutput, InferResponse, Model, ModelServer
from kserve.errors import InvalidInput


class Irises(Model):
    def load(self):
        self.model = joblib.load("model.joblib")
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        if isinstance(payload, dict):
            return {"predictions": self.model.predict(self.rows(payload["instances"])).tolist()}
        rows = self.rows(payload.inputs[0].as_numpy())
        outputs = []
        for name, datatype, values in [
            ("class", "INT64", self.model.predict(rows)),
            ("probabilities", "FP64", self.model.predict_proba(rows)),
        ]:
            output = InferOutput(name, list(values.shape), datatype)
            output.set_data_from_numpy(values, binary_data=bool(payload.use_binary_outputs))
            outputs.append(output)
        return InferResponse(
            payload.id,
            self.name,
            infer_outputs=outputs,
            use_binary_outputs=payload.use_binary_outputs,
        )

    def rows(self, values):
        rows = numpy.asarray(values, dtype=numpy.float64)
        if rows.ndim != 2 or rows.shape[1] != self.model.n_features_in_:
            raise InvalidInput(f"rows of 4 measurements are needed, not the shape {list(rows.shape)}")
        return rows


irises = Irises("iris")
irises.load()
ModelServer(http_port=int(sys.argv[1]), enable_grpc=False, workers=1).start([irises])
