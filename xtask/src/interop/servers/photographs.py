"""photographs.py FOLDER: lays out photographs that scikit-image ships, and what the detector itself sees in them.

Leaves in FOLDER the folder `photographs` with JPEGs and `truth.json` with the boxes of each: class, score and box (left,
top, width, height).
"""

import json
import pathlib
import sys

import cv2
from nudenet import NudeDetector
from skimage import data

folder = pathlib.Path(sys.argv[1])
photographs = folder / "photographs"
photographs.mkdir(exist_ok=True)
for name in ["astronaut", "coffee"]:
    picture = cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(photographs / f"{name}.jpg"), picture)
detector = NudeDetector()
truth = {path.name: detector.detect(cv2.imread(str(path))) for path in sorted(photographs.iterdir())}
(folder / "truth.json").write_text(json.dumps(truth))
