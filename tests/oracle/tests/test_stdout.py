"""What counts as the same output.  Any Python will do: python -m unittest tests/test_stdout.py"""

import sys
import unittest
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))

from al_oracle.stdout import normalise

V1_DATASET = """<xarray.Dataset> Size: 154B
Dimensions:  (x: 2, time: 3)
Coordinates:
    lab      (x) object 16B ...
  * time     (time) datetime64[ns] 24B 2000-01-01 2000-01-02
Data variables:
    b        (x) bool 2B ...
    a        (x) int64 16B ...
Attributes:
    title:    hi
after"""

ICE_DATASET = """<xarray.Dataset> Size: 170B
Dimensions:  (time: 3, x: 2)
Coordinates:
  * time     (time) datetime64[ns] 24B 2000-01-01 2000-01-02
    lab      (x) StringDType() 32B ...
Data variables:
    a        (x) int64 16B ...
    b        (x) bool 2B ...
Attributes:
    title:    hi
after"""

ICE_ARRAY = """[<Array <icechunk.IcechunkStore>
read_only: True
snapshot_id: FNJS77RW9KM1SW5ZX730
branch: None
/temp shape=(10, 10) dtype=float32>, 1]
storage: mine"""


def level(text, names=None):
    return normalise(text, names or {}, ["/state"])


class Stdout(unittest.TestCase):
    def test_datasets(self):
        self.assertEqual(level(V1_DATASET), level(ICE_DATASET))
        self.assertEqual(level(V1_DATASET)[-1], "after")
        self.assertNotEqual(level(V1_DATASET), level(ICE_DATASET.replace("(x) bool", "(x) int8")))

    def test_datasets_with_dimensions_without_coordinates(self):
        one = (
            "<xarray.Dataset> Size: 128B\nDimensions:  (y: 3)\nDimensions without coordinates: y\nData variables:\n"
            "    b        (y) int64 8B\n    a        (y) int64 8B\n"
        )
        lines = one.splitlines()
        self.assertEqual(level(one), level("\n".join([*lines[:-2], lines[-1], lines[-2]])))

    def test_objects(self):
        self.assertEqual(level("<zarr.hierarchy.Group '/'>"), ["<object>"])
        self.assertEqual(level(ICE_ARRAY), ["[<object>, 1]", "storage: mine"])

    def test_commits_are_told_apart_by_depth(self):
        names = {"18ea75be7ddb615fdf78c727": "<commit 1>", "FNJS77RW9KM1SW5ZX730": "<commit 1>"}
        self.assertEqual(level("at 18ea75be7ddb615fdf78c727", names), level("at FNJS77RW9KM1SW5ZX730", names))
        self.assertEqual(level("18ea75be7ddb615fdf78c728 FNJS77RW9KM1SW5ZX731"), ["<id> <id>"])
        self.assertEqual(level("PLAINUPPERCASELETTER"), ["PLAINUPPERCASELETTER"])

    def test_only_the_present_is_blanked_out(self):
        now = datetime.now(UTC)
        self.assertEqual(level(f"{now.isoformat()} {now.replace(tzinfo=None)!r} {now!r}"), ["<time> <time> <time>"])
        self.assertEqual(level("2000-01-01T00:00:00"), ["2000-01-01T00:00:00"])
        self.assertEqual(level("datetime.datetime(2000, 1, 2, 3, 4)"), ["datetime.datetime(2000, 1, 2, 3, 4)"])

    def test_places_and_trailing_space(self):
        self.assertEqual(level("in /state/x  \n\n"), ["in <dir>/x"])


if __name__ == "__main__":
    unittest.main()
