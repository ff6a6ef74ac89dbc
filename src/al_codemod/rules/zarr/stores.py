"""Classes of stores."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import AddImport, ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.support import beginning, constant, is_none, references, zarr_rule
from al_codemod.semantics.arguments import value_of
from al_codemod.surface.zarr.since import CACHE
from al_codemod.surface.zarr.stores import IGNORED, STILL_THERE, STORE_CLASSES, STORE_NAMES, Store


@zarr_rule(
    "AL450",
    "zarr-2-store",
    rows="Z239 Z240 Z241 Z242 Z243 Z244 Z245 Z246 Z247 Z248 Z249 Z250 Z251 Z252 Z253 Z254 Z255 Z256 Z257 Z258 Z259 Z263 Z274 "
    "Z398 Z058",
    before="""
import zarr

store = zarr.DirectoryStore("rain.zarr")
archive = zarr.storage.ZipStore("rain.zip")
""",
    after="""
import zarr

store = zarr.storage.LocalStore("rain.zarr")
archive = zarr.storage.ZipStore("rain.zip", mode="a")
""",
)
def stores(context: Context) -> Iterator[Draft]:
    """A `DirectoryStore` is a `LocalStore`, an `FSStore` is an `FsspecStore`, and all stores are in `zarr.storage`.

    A `ZipStore` opens for reading unless it is told otherwise. Stores without a successor are pointed at.
    """
    for node, dotted_name in references(context):
        name = STORE_NAMES.get(dotted_name)
        if name is None:
            continue
        parent = context.program.parents.get(node)
        call = parent if isinstance(parent, ast.Call) and parent.func is node else None
        store = STORE_CLASSES[name]
        if not store.new:
            yield Draft(node, f"zarr 3 has no {name}", Applicability.MANUAL, instead=store.instead)
        elif call is not None:
            if dotted_name in STILL_THERE and context.shared.is_for_zarr_3 and not context.uses_arraylake:
                continue  # it means what zarr 3 takes it for
            draft = StoreCall(context, call, dotted_name, name, store).draft()
            if draft.edits or draft.applicability is Applicability.MANUAL:
                yield draft
        elif dotted_name not in STILL_THERE:
            yield _reference(context, node, name, store)


def _reference(context: Context, node: ast.Name | ast.Attribute, name: str, store: Store) -> Draft:
    """The class itself, in an annotation or an `isinstance`."""
    if name in {"FSStore", "TempStore", "LRUStoreCache"}:
        if is_annotation(context, node):
            return any_store(context, node, name)
        instead = f"zarr.storage.{store.new}" if name != "LRUStoreCache" else "zarr.experimental.cache_store.CacheStore"
        return Draft(node, f"zarr 3 has no {name}", Applicability.MANUAL, instead=instead)
    new, edits = renamed(context, node, store.new)
    parent = context.program.parents.get(node)
    is_asked = isinstance(parent, ast.Call | ast.Tuple) and not isinstance(
        context.program.parents.get(parent), ast.Subscript
    )
    how = Applicability.REVIEW if is_asked else Applicability.SAFE
    return Draft(node, f"{name} is zarr.storage.{store.new}", how, (ReplaceExpression(node, new), *edits))


def any_store(context: Context, node: ast.Name | ast.Attribute, name: str) -> Draft:
    """The annotation of a store that may be of several classes in zarr 3: what all of these are."""
    store, imports = context.module("zarr.abc.store", node, "Store")
    edits: tuple[Edit, ...] = (ReplaceExpression(node, Template(store)), *imports)
    return Draft(node, f"{name} is a Store of one class or another", Applicability.REVIEW, edits)


def is_annotation(context: Context, node: ast.expr) -> bool:
    """Whether an expression is, or is part of, what a parameter, a result or a variable is said to be."""
    child: ast.AST = node
    for parent in context.program.ancestors(node):
        match parent:
            case ast.arg() | ast.AnnAssign():
                return child is parent.annotation
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return child is parent.returns
            case ast.stmt() | ast.Call():
                return False
        child = parent
    return False


def renamed(context: Context, node: ast.expr, new: str) -> tuple[Template, tuple[AddImport, ...]]:
    """A class of `zarr.storage` in the way that the old one is named: by the package, or imported itself."""
    if isinstance(node, ast.Attribute):
        zarr, imports = context.module("zarr", node)
        return Template(f"{zarr}.storage.{new}"), imports
    name, imports = context.module("zarr.storage", node, new)
    return Template(name), imports


class StoreCall:
    """One store that is made."""

    def __init__(self, context: Context, call: ast.Call, dotted_name: str, name: str, store: Store) -> None:
        self.context = context
        self.call = call
        self.name = name
        self.store = store
        self.is_kept = dotted_name in STILL_THERE
        self.arguments: dict[str, ast.expr | ast.keyword] = dict(zip(store.order, call.args, strict=False))
        self.arguments |= {k.arg: k for k in call.keywords if k.arg is not None}
        self.is_hidden = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)

    def value(self, name: str) -> ast.expr | None:
        return value_of(self.arguments.get(name))

    def draft(self) -> Draft:
        if self.name == "FSStore":
            return self.fsspec()
        if self.name == "TempStore":
            return self.temporary()
        if self.name == "LRUStoreCache":
            return self.cache()
        new, imports = renamed(self.context, self.call.func, self.store.new)
        dropped = [a for n, a in self.arguments.items() if n in IGNORED]
        renames: list[tuple[ast.expr | ast.keyword, str]] = [
            (a, n)
            for i, (n, a) in enumerate(self.arguments.items())
            if i and not isinstance(a, ast.keyword) and a not in dropped
        ]
        adds: list[tuple[str, Template]] = []
        if self.name == "ZipStore" and "mode" not in self.arguments:
            adds.append(("mode", Template('"a"')))
        if self.name == "KVStore" and self.call.keywords:
            renames.append((self.call.keywords[0], "store_dict"))
        if self.name in {"MemoryStore", "DictStore"} and "root" in self.arguments:
            instead = "zarr 3 keeps what it is given in a form of its own: zarr.storage.MemoryStore()"
            return Draft(self.call, f"{self.name} with data of its own", Applicability.MANUAL, instead=instead)
        function = None if self.is_kept else new
        change = ChangeCall(self.call, function, drop=tuple(dropped), rename=tuple(renames), add=tuple(adds))
        if self.is_kept and not (dropped or renames or adds):
            return Draft(self.call, f"{self.name} has asynchronous methods only", Applicability.SAFE)
        review = (
            [self.store.review]
            if self.store.review and not (self.name == "ZipStore" and "mode" in self.arguments)
            else []
        )
        if constant(self.value("dimension_separator")) == "/" and self.name == "DirectoryStore":
            review.append("with zarr_format=2, arrays need dimension_separator='/' to be made as before")
        text = "; ".join([f"{self.name} is zarr.storage.{self.store.new}", *review])
        applicability = Applicability.REVIEW if review or self.is_hidden else Applicability.SAFE
        return Draft(self.call, text, applicability, (change, *imports))

    def fsspec(self) -> Draft:
        """A remote store is opened by its URL; one in a local directory is a `LocalStore`."""
        url, fs = self.value("url"), self.value("fs")
        options = {n: self.value(n) for n in self.arguments if n not in self.store.order and n != "missing_exceptions"}
        if url is None or self.is_hidden:
            instead = "zarr.storage.FsspecStore.from_url(url, storage_options={...})"
            return Draft(self.call, "zarr 3 has no FSStore", Applicability.MANUAL, instead=instead)
        holes: dict[str, ast.expr] = {"url": url}
        reads = constant(self.value("mode")) == "r"
        ending = ", read_only=True" if reads else ""
        new, imports = renamed(self.context, self.call.func, "FsspecStore")
        if fs is not None:
            holes["fs"] = fs
            text = f"{new.text}.from_mapper({{fs}}.get_mapper({{url}}){ending})"
        elif self.is_local(url) and not options:
            local, imports = renamed(self.context, self.call.func, "LocalStore")
            text = f"{local.text}({{url}}{ending})"
        elif self.is_remote(url) or options:
            if options:
                items = ", ".join(f'"{n}": {{o{i}}}' for i, n in enumerate(options))
                holes |= {f"o{i}": v for i, v in enumerate(options.values()) if v is not None}
                ending = f", storage_options={{{{{items}}}}}{ending}"
            text = f"{new.text}.from_url({{url}}{ending})"
        else:
            instead = "zarr.storage.LocalStore(path) for a directory, zarr.storage.FsspecStore.from_url(url) for a URL"
            return Draft(self.call, "zarr 3 has no FSStore", Applicability.MANUAL, instead=instead)
        edits: tuple[Edit, ...] = (ReplaceExpression(self.call, Template(text, holes)), *imports)
        return Draft(self.call, "FSStore is a LocalStore or an FsspecStore", Applicability.REVIEW, edits)

    def is_remote(self, url: ast.expr) -> bool:
        start = beginning(self.context, url)
        return start is not None and "://" in start and not start.startswith("file://")

    def is_local(self, url: ast.expr) -> bool:
        start = beginning(self.context, url)
        return (
            (start is not None and "://" not in start) or "Path(" in ast.unparse(url) or "path.join" in ast.unparse(url)
        )

    def temporary(self) -> Draft:
        """A directory that nobody deletes any more."""
        new, imports = renamed(self.context, self.call.func, "LocalStore")
        tempfile, more = self.context.module("tempfile", self.call)
        holes: dict[str, ast.expr] = {}
        parts: list[str] = []
        for name in ("suffix", "prefix", "dir"):
            value = self.value(name)
            if value is not None and not is_none(value):
                holes[name] = value
                parts.append(f"{name}={{{name}}}")
        text = f"{new.text}({tempfile}.mkdtemp({', '.join(parts)}))"
        edits: tuple[Edit, ...] = (ReplaceExpression(self.call, Template(text, holes)), *imports, *more)
        return Draft(
            self.call, "zarr 3 has no TempStore; the directory is not deleted at the end", Applicability.REVIEW, edits
        )

    def cache(self) -> Draft:
        """A cache around another store, which zarr 3 calls experimental."""
        store, size = self.value("store"), self.value("max_size")
        if store is None or self.is_hidden or not self.context.settings.has_zarr(CACHE):
            instead = "zarr.experimental.cache_store.CacheStore(store, cache_store=..., max_size=...)"
            return Draft(self.call, "zarr 3 has no LRUStoreCache", Applicability.MANUAL, instead=instead)
        cache, imports = self.context.module("zarr.experimental.cache_store", self.call, "CacheStore")
        zarr, more = self.context.module("zarr", self.call)
        holes = {"store": store} | ({"size": size} if size is not None else {})
        ending = ", max_size={size}" if size is not None else ""
        text = Template(f"{cache}({{store}}, cache_store={zarr}.storage.MemoryStore(){ending})", holes)
        edits: tuple[Edit, ...] = (ReplaceExpression(self.call, text), *imports, *more)
        return Draft(self.call, "LRUStoreCache is an experimental CacheStore", Applicability.REVIEW, edits)
