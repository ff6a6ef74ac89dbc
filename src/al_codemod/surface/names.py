"""Importable names: which of them make V1 objects, and what the functions of zarr, xarray and dask do with a store.

Names are canonical: `CANONICAL` maps every place that a thing can be imported from to the one name used in these tables.
"""

from dataclasses import dataclass
from typing import Final

from al_codemod.surface.kinds import Effect, Kind

_V1_MODULES = (
    "arraylake.repo",
    "arraylake.repos.v1.repo",
    "arraylake.repos.v1.zarr2_store",
    "arraylake.repos.v1.zarr3_store",
)

CANONICAL: Final[dict[str, str]] = {
    "arraylake.client.Client": "arraylake.Client",
    "arraylake.client.AsyncClient": "arraylake.AsyncClient",
    "arraylake.config.config": "arraylake.config",
    **{
        f"{module}.{name}": f"arraylake.repo.{name}"
        for module in _V1_MODULES
        for name in ("Repo", "AsyncRepo", "ArraylakeStore", "LocalSession", "SessionStatus")
    },
    **{f"zarr.{module}.{name}": f"zarr.{name}" for module in ("hierarchy", "core") for name in ("Group", "Array")},
    **{
        f"zarr.{module}.{name}": f"zarr.{name}"
        for module in ("convenience", "creation", "hierarchy")
        for name in (
            *("open", "open_group", "open_array", "group", "create", "array", "zeros", "ones", "full", "empty"),
            *("zeros_like", "ones_like", "full_like", "empty_like", "open_like", "open_consolidated", "tree"),
            *("save", "save_array", "save_group", "load", "copy", "copy_all", "copy_store", "consolidate_metadata"),
        )
    },
}

CONSTRUCTORS: Final[dict[str, Kind]] = {
    "arraylake.Client": Kind.CLIENT,
    "arraylake.AsyncClient": Kind.ASYNC_CLIENT,
}

ANNOTATIONS: Final[dict[str, Kind]] = {
    **CONSTRUCTORS,
    "arraylake.repo.Repo": Kind.REPO,
    "arraylake.repo.AsyncRepo": Kind.ASYNC_REPO,
    "arraylake.repo.ArraylakeStore": Kind.STORE,
    "arraylake.repo.LocalSession": Kind.SESSION,
}


@dataclass(frozen=True, slots=True)
class StoreFunction:
    """A function that takes a store: under which parameter, what it gives and what it does to what is stored."""

    parameter: str
    position: int
    gives: Kind | None
    effect: Effect


def _functions(
    names: str, position: int, gives: Kind | None, effect: Effect, parameter: str = "store"
) -> dict[str, StoreFunction]:
    return {name: StoreFunction(parameter, position, gives, effect) for name in names.split()}


STORE_FUNCTIONS: Final[dict[str, StoreFunction]] = {
    **_functions("zarr.open", 0, Kind.NODE, Effect.TOUCH),
    **_functions("zarr.open_group zarr.group zarr.open_consolidated", 0, Kind.GROUP, Effect.TOUCH),
    **_functions("zarr.Group", 0, Kind.GROUP, Effect.READ),
    **_functions("zarr.open_array", 0, Kind.ARRAY, Effect.TOUCH),
    **_functions("zarr.Array", 0, Kind.ARRAY, Effect.READ),
    **_functions("zarr.create_array", 0, Kind.ARRAY, Effect.WRITE),
    **_functions("zarr.create_group", 0, Kind.GROUP, Effect.WRITE),
    **_functions("zarr.create zarr.array zarr.zeros zarr.ones zarr.full zarr.empty", 99, Kind.ARRAY, Effect.WRITE),
    **_functions("zarr.zeros_like zarr.ones_like zarr.full_like zarr.empty_like", 99, Kind.ARRAY, Effect.WRITE),
    **_functions("zarr.save zarr.save_array zarr.save_group", 0, None, Effect.WRITE),
    **_functions("zarr.load zarr.tree", 0, None, Effect.READ),
    **_functions("zarr.consolidate_metadata", 0, Kind.GROUP, Effect.READ),
    **_functions("zarr.copy zarr.copy_all zarr.copy_store", 1, None, Effect.WRITE, "dest"),
    **_functions("xarray.open_zarr", 0, Kind.DATASET, Effect.READ),
    **_functions("xarray.open_dataset xarray.load_dataset", 0, Kind.DATASET, Effect.READ, "filename_or_obj"),
    **_functions("xarray.open_dataarray", 0, Kind.DATASET, Effect.READ, "filename_or_obj"),
    **_functions("xarray.open_datatree", 0, Kind.DATASET, Effect.READ, "filename_or_obj"),
    **_functions("xarray.open_mfdataset", 0, Kind.DATASET, Effect.READ, "paths"),
    **_functions("dask.array.from_zarr", 0, Kind.DATASET, Effect.READ, "url"),
    **_functions("dask.array.from_array", 0, Kind.DATASET, Effect.READ, "x"),
    **_functions("dask.array.to_zarr", 1, None, Effect.WRITE, "url"),
    **_functions("dask.array.store", 1, None, Effect.WRITE, "targets"),
}

ALWAYS_LAZY: Final = frozenset({"xarray.open_zarr", "dask.array.from_zarr", "dask.array.from_array"})
"""Functions whose results dask computes, later on; other ones do so where they are passed `chunks`."""

WRITE_MODES: Final = frozenset({"w", "w-", "x"})
READ_MODES: Final = frozenset({"r"})

READ_ONLY_CALLEES: Final = frozenset(
    "print len list dict tuple set frozenset sorted sum min max any all repr str bool float int isinstance issubclass type "
    "id hash iter next enumerate zip map filter reversed format range callable abs round hasattr display".split()
)
"""Builtins that read what they are given and keep nothing."""

STORING_ARRAYS: Final = frozenset({"dask.array.store", "dask.array.core.store"})
"""Functions that store dask arrays into arrays that they are given."""

READ_ONLY_MODULES: Final = ("numpy", "pandas", "xarray", "math", "matplotlib", "json", "pprint", "rich", "dask")
"""Packages whose functions do not write through a store, group or array that they are given, except for `STORE_FUNCTIONS`."""

WRITING_METHODS: Final = {"to_zarr": 0, "store": 0}
"""Methods of xarray and dask objects that write into a store or array, and the position at which they take it."""

CALLS_FIRST: Final = frozenset({"asyncio.to_thread"})
"""Functions that call their first argument with the others, and give back what it returns."""

RUN_AT_ONCE: Final = frozenset({"asyncio.run"})
"""Functions that run the coroutine that they are given to its end, and give back what it returns."""

PASS_THROUGH: Final = frozenset({"list", "sorted", "reversed", "tuple", "iter", "set"})
"""Builtins that give back the elements of what they are given."""

SENT_ELSEWHERE: Final = frozenset(
    "dask.delayed joblib.delayed multiprocessing.Process multiprocessing.context.Process dask.array.map_blocks "
    "dask.array.blockwise dask.array.map_overlap dask.array.apply_gufunc xarray.map_blocks".split()
)
"""Functions whose arguments are for other processes."""

SENDING_METHODS: Final = frozenset({"map_blocks", "map_overlap", "map_partitions"})
"""Methods of dask collections whose arguments are for other processes."""

REPLACING: Final = frozenset({"copy.replace", "dataclasses.replace", "attrs.evolve", "attr.evolve"})
"""Functions that make an object like another one, with other attributes."""
COPIES: Final = frozenset({"copy.copy", "copy.deepcopy", *REPLACING})
"""Functions that copy the object which they are given."""

KEEPERS: Final = frozenset("append add insert extend put setdefault update appendleft".split())
"""Methods by which containers and queues keep what they are passed."""
