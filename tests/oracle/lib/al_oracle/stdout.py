"""Level out what two correct runs may print differently: ids, times, addresses and object reprs."""

import re
from datetime import datetime, timedelta

TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
DATETIME = re.compile(r"datetime\.datetime\((\d+), ?(\d+), ?(\d+)(?:, ?[\w.=]+)*\)")
V1_ID = re.compile(r"\b[0-9a-f]{24}\b")
ICE_ID = re.compile(r"\b(?=[A-Z]*\d)[0-9A-HJKMNP-TV-Z]{20}\b")
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b|\b(?:tcp|inproc)://[\w.:/-]+")

FIELD = (
    r"(?:storage|config|id|parent_id|written_at|message|metadata|read_only|snapshot_id|branch|mode|"
    r"has_uncommitted_changes)"
)
OBJECT = re.compile(
    r"<(?:Array|Group|AsyncArray|AsyncGroup) <icechunk\.\w+>(?:\n\w+: [^\n]*)*\n[^>]*>"  # zarr 3 on Icechunk
    rf"|<icechunk\.[^<>\n]*>(?:\n(?:{FIELD}:| {{4}})[^\n]*)*"
    r"|<(?:arraylake|zarr|dask|distributed)\b[^<>\n]*>"
)

HEADING = r"(?:Dimensions|Dimensions without coordinates|Coordinates|Data variables|Indexes|Attributes):"
XARRAY = re.compile(rf"<xarray\.\w+[^\n]*\n(?:(?: |\*|\[|array\(|dask\.|{HEADING})[^\n]*\n?)*")
SIZE = re.compile(r" +Size: [\d.]+\w+| \d[\d.]*[kMGT]?B\b")


def now_or_same(match: re.Match) -> str:
    """Blank out the current time, but leave dates that are data."""
    try:
        then = datetime(*map(int, match.groups()))
    except ValueError:
        return match[0]
    return "<time>" if abs(then - datetime.now()) < timedelta(days=2) else match[0]


def level_xarray(match: re.Match) -> str:
    """Drop sizes and sort the entries of each section: their order follows the store's listing order."""
    lines, entries = [], []
    for line in match[0].splitlines():
        line = re.sub(r"\s+", " ", SIZE.sub("", line).replace("StringDType()", "object"))
        if line.startswith(" "):
            entries.append(line)
            continue
        if line.startswith("Dimensions:"):
            line = "Dimensions: " + ", ".join(sorted(re.findall(r"\w+: \d+", line)))
        lines += [*sorted(entries), line]
        entries = []
    return "\n".join([*lines, *sorted(entries)]) + "\n"


def normalise(text: str, commit_names: dict[str, str], places: list[str]) -> list[str]:
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, "<dir>")
    for commit_id, name in commit_names.items():
        text = text.replace(commit_id, name)
    for pattern, replacement in [
        (XARRAY, level_xarray),
        (OBJECT, "<object>"),
        (V1_ID, "<id>"),
        (ICE_ID, "<id>"),
        (TIME, now_or_same),
        (DATETIME, now_or_same),
        (ADDRESS, "<address>"),
    ]:
        text = pattern.sub(replacement, text)
    return [line.rstrip() for line in text.strip().splitlines()]
