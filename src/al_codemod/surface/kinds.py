"""The kinds of value that the analysis tells apart, and the effects that a use of one can have on a V1 session."""

from enum import StrEnum


class Kind(StrEnum):
    """What a value is. Everything that hangs on one repo's hidden session is in `HANDLES`."""

    NAME = "name"  # something importable, known by its dotted name
    MEMBER = "member"  # a bound method, not called yet
    FUNCTION = "function"  # a function or lambda of this project
    CLASS = "class"  # a class of this project
    MODULE = "module"  # a module of this project
    SELF = "self"  # an instance of a class of this project
    POOL = "process pool"  # something that runs functions in other processes
    TASK = "task"  # one call of a function that a pool runs, whose result is asked for later
    TASKS = "tasks"
    HOLDER = "container"  # a list, dict, ... with objects of the program or repos in it
    OTHER = "other"  # anything else; present in a set of values only beside others

    CLIENT = "client"
    ASYNC_CLIENT = "async client"
    REPO = "repo"
    ASYNC_REPO = "async repo"
    SESSION = "session"
    NEW_SESSION = "icechunk session"
    STORE = "store"
    GROUP = "group"
    ARRAY = "array"
    NODE = "node"  # a group or an array
    ATTRS = "attrs"
    DATASET = "dataset"

    ZARR_GROUP = "zarr group"  # one that is not known to hang on a repo, as the other three
    ZARR_ARRAY = "zarr array"
    ZARR_NODE = "zarr node"
    ZARR_STORE = "zarr store"
    ZARR_NODES = "zarr nodes"  # a list or dict, which may hold some of these four

    LOG = "log"
    COMMIT = "commit"
    COMMIT_ID = "commit id"
    BRANCHES = "branches"
    BRANCH = "branch"
    TAGS = "tags"
    TAG = "tag"
    STATUS = "status"
    MODIFIED = "modified paths"
    TREE = "tree"


REPOS = frozenset({Kind.REPO, Kind.ASYNC_REPO})
CLIENTS = frozenset({Kind.CLIENT, Kind.ASYNC_CLIENT})
NODES = frozenset({Kind.GROUP, Kind.ARRAY, Kind.NODE})
HANDLES = frozenset({Kind.STORE, Kind.DATASET, Kind.ATTRS, *NODES})
LATE_HANDLES = HANDLES - {Kind.DATASET}
"""What reads and writes through the session whenever it is used; a dataset has been opened, and keeps what it then saw."""


class Effect(StrEnum):
    """What a use does to the session of the repo that its value belongs to."""

    NONE = "none"
    OPEN = "open"  # a new repo object, on its own session on main
    RECEIVE = "receive"  # a repo object comes in as a parameter, with its session
    CHECKOUT = "checkout"  # another session, pending changes dropped
    NEW_BRANCH = "new branch"  # another branch, pending changes kept
    COMMIT = "commit"
    READ = "read"
    BASE = "base"  # asks for the commit or branch that the session stands on
    TOUCH = "touch"  # may change something
    WRITE = "write"  # changes something whenever it is reached
    DISCARD = "discard"  # drops pending changes, stays where it is
    ESCAPE = "escape"  # handed to code that is not seen
    RENEW = "renew"  # a function that was called has committed through a session of its own
    CALL = "call"  # a function of the project is called
