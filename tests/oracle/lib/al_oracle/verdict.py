"""What a run left behind, and how two of them differ."""

from dataclasses import dataclass, field
from difflib import unified_diff
from typing import Any

ASPECTS = ["stdout", "exit", "history", "chunks", "fill_value", "attrs", "dims"]

Json = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """The repositories that a run left behind, what it printed (normalised), and how it ended."""

    repos: Json
    printed: list[str]
    failure: str | None = None  # why it failed, if it did


@dataclass
class Report:
    """The differences between two outcomes; aspects in `ignore` become notes."""

    ignore: set[str]
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def differ(self, aspect: str, text: str) -> None:
        (self.notes if aspect in self.ignore else self.differences).append(text)

    def compare(self, before: Outcome, after: Outcome) -> "Report":
        self.compare_repos(before.repos, after.repos)
        self.compare_ends(before.failure, after.failure)
        self.compare_printed(before.printed, after.printed)
        return self

    # -- what the repositories hold

    def compare_repos(self, before: Json, after: Json) -> None:
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                self.differ("repos", f"repo {name}: missing after migration")
            elif name not in before:
                self.differ("repos", f"repo {name}: only exists after migration")
            else:
                self.compare_repo(name, before[name], after[name])

    def compare_repo(self, name: str, before: Json, after: Json) -> None:
        for kind in "branches", "tags":
            for ref in sorted(before[kind].keys() | after[kind].keys()):
                place = f"{name} {'branch' if kind == 'branches' else 'tag'} {ref}"
                if ref not in after[kind]:
                    self.differ("refs", f"{place}: missing after migration")
                elif ref not in before[kind]:
                    self.extra_ref(place, kind, ref, before, after)
                else:
                    self.compare_history(place, before, after, before[kind][ref], after[kind][ref])

    def extra_ref(self, place: str, kind: str, ref: str, before: Json, after: Json) -> None:
        messages = [c["message"] for c in after[kind][ref]]
        known = [[c["message"] for c in history] for history in before["branches"].values()]
        if kind == "branches" and any(messages == history[: len(messages)] for history in known):
            self.notes.append(f"{place}: has no commits of its own; V1 only records a branch with its first commit")
        else:
            self.differ("refs", f"{place}: only exists after migration, commits {messages}")

    def compare_history(self, place: str, before: Json, after: Json, old: list[Json], new: list[Json]) -> None:
        old_messages, new_messages = [c["message"] for c in old], [c["message"] for c in new]
        if old_messages != new_messages:
            self.differ(
                "history", f"{place}: {len(old)} commits {old_messages} became {len(new)} commits {new_messages}"
            )
            old, new = old[-1:], new[-1:]
        for position, (was, now) in enumerate(zip(old, new, strict=False), 1):
            at = f"{place} @ commit {position}/{len(old)} {was['message']!r}" if len(old) > 1 else place
            if was["tree"] != now["tree"]:
                self.compare_tree(at, before["trees"][was["tree"]], after["trees"][now["tree"]])

    def compare_tree(self, place: str, before: Json, after: Json) -> None:
        for path in sorted(before.keys() | after.keys()):
            node = f"{place}: /{path}"
            if path not in after:
                self.differ("nodes", f"{node}: {before[path]['kind']} is missing after migration")
            elif path not in before:
                self.differ("nodes", f"{node}: {after[path]['kind']} only exists after migration")
            else:
                self.compare_node(node, before[path], after[path])

    def compare_node(self, place: str, before: Json, after: Json) -> None:
        for key in sorted(before.keys() | after.keys()):
            was, now = before.get(key), after.get(key)
            if was == now or key == "sample":
                continue
            if key == "values":
                was, now = changed_values(before["sample"], after["sample"])
            if key == "attrs":
                was, now = ({k: v for k, v in a.items() if b.get(k, ...) != v} for a, b in [(was, now), (now, was)])
            self.differ(key, f"{place}: {key} {was} became {now}")

    # -- what the runs did

    def compare_ends(self, before: str | None, after: str | None) -> None:
        if (before is None) != (after is None):
            self.differ("exit", f"exit status: {describe_end(before)} became {describe_end(after)}")
        elif before is not None:
            self.notes.append(f"both fail, as expected: {before} / {after}")

    def compare_printed(self, before: list[str], after: list[str]) -> None:
        diff = list(unified_diff(before, after, "before", "after", lineterm="", n=1))
        if diff:
            self.differ("stdout", "\n".join(["stdout:", *("  " + line for line in diff)]))


def changed_values(before: list[str], after: list[str], shown: int = 4) -> tuple[str, str]:
    """The first elements that differ, by flat index."""
    where = [i for i, (was, now) in enumerate(zip(before, after, strict=False)) if was != now][:shown]
    was, now = (", ".join(f"[{i}]={side[i]}" for i in where) or "(beyond the sample)" for side in (before, after))
    return was, now


def describe_end(failure: str | None) -> str:
    return "success" if failure is None else f"failure ({failure})"
