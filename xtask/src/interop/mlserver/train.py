# train.py MODEL ROWS: trains a classifier of the irises that scikit-learn ships, and writes it and the rows.
import csv
import sys

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

model, rows = sys.argv[1:]
features, species = load_iris(return_X_y=True)
joblib.dump(LogisticRegression(max_iter=1000).fit(features, species), model)
with open(rows, "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["id", "sepal_length", "sepal_width", "petal_length", "petal_width"])
    table.writerows([f"flower-{number}", *row] for number, row in enumerate(features))
