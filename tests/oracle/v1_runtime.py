"""Run a script against the real Arraylake V1 `Repo`, with the service replaced by files under STATE_DIR.

$ORACLE_ENVS/v1/bin/python v1_runtime.py STATE_DIR script.py [args]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from al_oracle.launch import main

if __name__ == "__main__":
    main("v1", sys.argv[1:])
