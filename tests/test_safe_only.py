"""`--safe-only`: what is to be reviewed is left out, and whatever would be half done without it."""

from textwrap import dedent

from fixtures_runtime.fixture import scripts

from al_codemod.finding import Applicability
from al_codemod.migrate import migrate
from al_codemod.settings import Settings

SAFE_ONLY = Settings(safe_only=True)
CODE = """
from arraylake import Client

client = Client()
safe = client.get_repo("org/safe")
safe.root_group.create_group("a")
safe.commit("a")
doubtful = client.get_repo("org/doubtful")
print(len(list(doubtful.commit_log)))
doubtful.root_group.create_group("b")
doubtful.commit("b")
"""


def test_a_place_with_an_edit_to_review_is_left_out_as_a_whole() -> None:
    normal = migrate(CODE, Settings())
    review = [f for f in normal.findings if f.applicability is Applicability.REVIEW]
    assert [f.span.line for f in review] == [9], "the example has lost its point"
    migration = migrate(CODE, SAFE_ONLY)
    assert migration.text == dedent(
        """
        import zarr
        from arraylake import Client

        client = Client()
        safe = client.get_repo("org/safe")
        safe_session = safe.writable_session(branch="main")
        zarr.open_group(safe_session.store, mode="a").create_group("a")
        safe_session.commit("a")
        doubtful = client.get_repo("org/doubtful")
        print(len(list(doubtful.commit_log)))
        doubtful.root_group.create_group("b")
        doubtful.commit("b")
        """
    )
    left = [f for f in migration.findings if not f.fixed]
    assert {f.span.line for f in left} >= {8, 9, 10, 11}
    assert {f.applicability for f in left} == {Applicability.SAFE, Applicability.REVIEW}
    assert all("line 9, which is to be reviewed" in f.message for f in left if f.applicability is Applicability.SAFE)


def test_no_edit_to_review_is_made_in_any_fixture() -> None:
    for fixture in scripts()[::4]:
        text = fixture.before.read_bytes().decode("utf-8-sig")
        migration = migrate(text, SAFE_ONLY)
        assert not [f for f in migration.findings if f.fixed and f.applicability is not Applicability.SAFE]
        compile(migration.text, "migrated.py", "exec")
        assert migrate(migration.text, SAFE_ONLY).text == migration.text, fixture.name
