"""Tags and branches: set, listed, looked up and deleted."""

import pytest

from al_codemod.migrate import migrate
from al_codemod.settings import Settings
from rules.history import by_hand, migrated

TAGS = {
    "a tag without a session is set on the tip of the branch": (
        'repo.tag("v1")',
        'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))',
    ),
    "the name by keyword": (
        'repo.tag(tag_name="v1")',
        'repo.create_tag(tag="v1", snapshot_id=repo.lookup_branch("main"))',
    ),
    "a message is dropped": (
        'repo.tag("v1", message="first")',
        'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))',
    ),
    "None as the commit": (
        'repo.tag("v1", None)',
        'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))',
    ),
    "the name of a branch as the commit": (
        'repo.tag("v1", "main")',
        'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))',
    ),
    "the name of another tag as the commit": (
        'repo.tag("v1", "main")\nrepo.tag("v2", commit_id="v1")',
        (
            'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))\n'
            'repo.create_tag("v2", snapshot_id=repo.lookup_tag("v1"))'
        ),
    ),
    "a name that is not known is looked up": (
        'repo.tag("v1", "dev")',
        (
            'repo.create_tag("v1", snapshot_id=repo.lookup_branch("dev") if "dev" in repo.list_branches() '
            'else repo.lookup_tag("dev"))'
        ),
    ),
    "an unknown value is taken for a snapshot": (
        'repo.tag("v1", ids["v1"])',
        'repo.create_tag("v1", snapshot_id=ids["v1"])',
    ),
    "the tag in a variable is its name": (
        'tag = repo.tag("v1")\nprint(tag.label, tag.commit_id, tag.commit.message)',
        (
            'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))\ntag = "v1"\n'
            "print(tag, repo.lookup_tag(tag), repo.lookup_snapshot(repo.lookup_tag(tag)).message)"
        ),
    ),
    "a computed name is computed once": (
        'tag = repo.tag(f"v{n}")\nprint(tag.id)',
        'tag = f"v{n}"\nrepo.create_tag(tag, snapshot_id=repo.lookup_branch("main"))\nprint(tag)',
    ),
    "deleting by keyword": ('repo.delete_tag(tag_name="v1")', 'repo.delete_tag(tag="v1")'),
    "deleting by position stays": ('repo.delete_tag("v1")\nrepo.delete_branch("dev")',) * 2,
    "a deleted tag whose name was used before": (
        'repo.tag("v1", "main")\nrepo.delete_tag("v1")',
        'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))\nrepo.delete_tag("v1")',
    ),
}

LISTS = {
    "a comprehension of names": ("x = [b.id for b in repo.branches]", "x = sorted(repo.list_branches())"),
    "a set of names": ("x = {t.label for t in repo.tags}", "x = repo.list_tags()"),
    "a list of a generator of names": ("x = list(t.id for t in repo.tags)", "x = sorted(repo.list_tags())"),
    "sorted names": ("x = sorted(t.label for t in repo.tags)", "x = sorted(repo.list_tags())"),
    "names sorted backwards": (
        "x = sorted([t.label for t in repo.tags], reverse=True)",
        "x = sorted(repo.list_tags(), reverse=True)",
    ),
    "joined names": ('x = ", ".join(b.id for b in repo.branches)', 'x = ", ".join(sorted(repo.list_branches()))'),
    "is a branch there": ('x = "dev" in [b.id for b in repo.branches]', 'x = "dev" in repo.list_branches()'),
    "is any branch so": (
        'x = any(b.id == "dev" for b in repo.branches)',
        'x = any(b == "dev" for b in sorted(repo.list_branches()))',
    ),
    "how many": ("x = len(repo.tags)", "x = len(repo.list_tags())"),
    "shown": ("print(repo.branches)", "print(sorted(repo.list_branches()))"),
    "a loop": ("for b in repo.branches:\n    print(b.id)", "for b in sorted(repo.list_branches()):\n    print(b)"),
    "a numbered loop": (
        "for i, t in enumerate(repo.tags):\n    print(i, t.label)",
        "for i, t in enumerate(sorted(repo.list_tags())):\n    print(i, t)",
    ),
    "two lists in step": (
        "for b, t in zip(repo.branches, repo.tags):\n    print(b.id, t.id)",
        "for b, t in zip(sorted(repo.list_branches()), sorted(repo.list_tags())):\n    print(b, t)",
    ),
    "tips by name": (
        "x = {b.id: b.commit_id for b in repo.branches}",
        "x = {b: repo.lookup_branch(b) for b in sorted(repo.list_branches())}",
    ),
    "the first that fits": (
        'x = next(t for t in repo.tags if t.label == "v1").commit.id',
        'x = repo.lookup_tag(next(t for t in sorted(repo.list_tags()) if t == "v1"))',
    ),
    "sorted by name": (
        "for t in sorted(repo.tags, key=lambda t: t.label):\n    print(t.label)",
        "for t in sorted(repo.list_tags()):\n    print(t)",
    ),
    "sorted by something else": (
        "for t in sorted(repo.tags, key=lambda t: len(t.label)):\n    print(t.label)",
        "for t in sorted(sorted(repo.list_tags()), key=lambda t: len(t)):\n    print(t)",
    ),
    "filtered more than once": (
        "x = repo.tags\nfor n in names:\n    x = [t for t in x if t.label != n]\nprint(x[0].label)",
        "x = sorted(repo.list_tags())\nfor n in names:\n    x = [t for t in x if t != n]\nprint(x[0])",
    ),
    "through a function of the module": (
        "def show(tags):\n    for t in tags:\n        print(t.label)\n\nshow(repo.tags)",
        "def show(tags):\n    for t in tags:\n        print(t)\n\nshow(sorted(repo.list_tags()))",
    ),
}

BY_HAND = {
    "a tag is moved": ('repo.delete_tag("stable")\nrepo.tag("stable")', "AL301"),
    "a tag is moved in a function": (
        "def move(name):\n    repo.delete_tag(tag_name=name)\n    repo.tag(name)",
        "AL302",
    ),
    "the id of a V1 commit": ('repo.tag("v1", "5f1d7e3f0a0b0c0d0e0f0a0b")', "AL301"),
    "the tag object is passed on": ('save(repo.tag("v1"))', "AL301"),
    "the variable with the tag is passed on": ('tag = repo.tag("v1")\nsave(tag)', "AL301"),
    "arguments that are not written out": ("repo.tag(*arguments)", "AL301"),
    "a list that is passed on": ("save(repo.tags)", "AL304"),
    "an element that is passed on": ("for t in repo.tags:\n    save(t)", "AL304"),
    "elements in a dict": ("x = {t.label: t for t in repo.tags}", "AL304"),
    "a list that is changed": ("x = repo.branches\nx.append(y)", "AL303"),
    "a member without a counterpart": ("for t in repo.tags:\n    print(t.message, t.label)", "AL304"),
    "a key that is not seen": ('x = sorted(repo.tags, key=attrgetter("label"))', "AL304"),
    "a list or something else": ("x = repo.tags if y else others\nprint(x[0].label)", "AL304"),
    "an object in a list of objects": ("x = branch in repo.branches", "AL303"),
    "a tip after a commit": (
        'for b in repo.branches:\n    repo.root_group.create_group(b.id)\n    repo.commit("x")\n    print(b.commit_id)',
        "AL303",
    ),
}


@pytest.mark.parametrize(("before", "after"), TAGS.values(), ids=TAGS)
def test_tags_are_set_and_deleted(before: str, after: str) -> None:
    assert migrated(before + "\n") == after + "\n"


@pytest.mark.parametrize(("before", "after"), LISTS.values(), ids=LISTS)
def test_lists_become_names(before: str, after: str) -> None:
    assert migrated(before + "\n") == after + "\n"


@pytest.mark.parametrize(("body", "code"), BY_HAND.values(), ids=BY_HAND)
def test_what_cannot_be_certain_is_left_alone(body: str, code: str) -> None:
    assert code in {f.code for f in by_hand(body + "\n")}


def test_a_list_that_is_left_alone_is_left_alone_as_a_whole() -> None:
    body = "x = repo.tags\nsave(x)\nfor t in x:\n    print(t.label)\n"
    assert migrated(body) == body


def test_lists_that_meet_share_their_fate() -> None:
    body = "x = repo.tags\nif y:\n    x = other.tags\n    save(x)\nprint(x[0].label)\n"
    header = "from arraylake import Client\n\nother = Client().get_repo('a/b')\nrepo = Client().get_repo('a/c')\n"
    assert migrated(body, header) == body


NOT_OURS = {
    "GitPython": 'from git import Repo\n\nrepo = Repo(".")\nfor b in repo.branches:\n    print(b.commit_id)\n'
    'repo.tags["v1"].commit\nrepo.delete_tag("v1")\n',
    "a list called branches": "branches = load()\nprint([b.id for b in branches])\nbranches[0].commit_id\n",
    "a tag method of something else beside arraylake": "from arraylake import Client\n\nClient()\ndocker.tag('v1')\n",
    "an Icechunk repository": "import icechunk\n\nrepo = icechunk.Repository.open(storage)\n"
    'repo.create_tag("v1", snapshot_id=repo.lookup_branch("main"))\nprint(repo.list_tags())\nrepo.delete_tag("v1")\n',
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_other_repos_are_not_touched(text: str) -> None:
    result = migrate(text, Settings())
    assert (result.text, result.findings) == (text, ())
