"""Rows of the table that need no rule of their own."""

from typing import Final

KNOWN_GOOD: Final = (
    "Z010 Z011 Z021 Z024 Z055 Z056 Z057 Z059 Z061 Z062 Z063 Z064 Z071 Z073 Z074 Z077 Z083 Z092 Z101 Z105 Z138 Z141 Z153 "
    "Z154 Z156 Z161 Z164 Z167 Z169 Z179 Z190 Z193 Z198 Z202 Z207 Z208 Z211 Z216 Z222 Z223 Z226 Z227 Z229 Z230 Z231 Z232 Z236 "
    "Z237 Z273 Z306 Z308 Z321 Z346 Z348 Z359 Z360 Z377 Z384 Z385 Z388 Z395 Z396 Z399 Z400 Z401 Z404 Z424 Z429 Z430"
)
"""What zarr 3 takes as zarr 2 did."""

ZARR_3_ONLY: Final = "Z322 Z324 Z352 Z412 Z413 Z414 Z415 Z418 Z426 Z427 Z428 Z431"
"""Mistakes in code for zarr 3 or Icechunk, which code for zarr 2 cannot make, and which no rule leads to."""

BY_RULES_ABOUT_REPOS: Final[dict[str, str]] = {
    **dict.fromkeys("Z337 Z339 Z342 Z343 Z344 Z347".split(), "AL406"),
    **dict.fromkeys("Z340 Z341".split(), "AL452"),
    **dict.fromkeys("Z425 Z432".split(), "AL455"),
    **dict.fromkeys("Z345 Z349".split(), "AL201"),
    "Z350": "AL202",
    **dict.fromkeys("Z405 Z406 Z407 Z408 Z409 Z410 Z416 Z417 Z419 Z420".split(), "AL404"),
    "Z411": "AL412",
    **dict.fromkeys("Z351 Z423".split(), "AL290"),
    **dict.fromkeys("Z421 Z422".split(), "AL405"),
    **dict.fromkeys("Z353 Z354 Z356".split(), "AL410"),
}
"""What only stores of a repo bring about: the codes of the rules that deal with it."""
