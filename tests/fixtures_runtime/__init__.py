"""Execute fixtures: what `after.py` does on real Icechunk, against what `before.py` did on real Arraylake V1."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
ORACLE = TESTS / "oracle"
FIXTURES = TESTS.parent / "fixtures"

# The oracle also runs below interpreters that know nothing of this project, so it is no part of our packages.
sys.path.append(str(ORACLE / "lib"))
