"""irises.py FOLDER: trains a classifier of the irises that scikit-learn ships.

Leaves in FOLDER the model, `iris.csv` with the rows, and `truth.json` with what scikit-learn itself says of each row:
the class and the probability of each class.
"""

import csv
import json
import pathlib
import sys

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

folder = pathlib.Path(sys.argv[1])
rows, species = load_iris(return_X_y=True)
model = LogisticRegression(max_iter=1000).fit(rows, species)
joblib.dump(model, folder / "model.joblib")
names = [f"flower-{number}" for number in range(len(rows))]
with open(folder / "iris.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["id", "sepal_length", "sepal_width", "petal_length", "petal_width"])
    table.writerows([name, *row] for name, row in zip(names, rows))
truth = {
    name: {"class": int(species), "probabilities": list(chances)}
    for name, species, chances in zip(names, model.predict(rows), model.predict_proba(rows))
}
(folder / "truth.json").write_text(json.dumps(truth))
