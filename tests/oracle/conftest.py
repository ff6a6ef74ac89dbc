"""The oracle's own tests and cases run in its own environments, through `test_oracle.py`."""

collect_ignore = ["tests", "cases"]
