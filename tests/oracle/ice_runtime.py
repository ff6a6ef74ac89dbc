"""Run a script against real Icechunk repositories on disk, through the newest `arraylake.Client`.

$ORACLE_ENVS/ice/bin/python ice_runtime.py STATE_DIR script.py [args]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lib"))

from al_oracle.launch import main

if __name__ == "__main__":
    main("ice", sys.argv[1:])
