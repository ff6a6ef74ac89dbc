"""Calls that make or open nodes: their arguments, bound as zarr 2 bound them, and as zarr 3 takes them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, Template
from al_codemod.rules.arguments import drop_from, is_hidden, may_be_none, unpacked
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.brought import Changes, Item, edits, items_of
from al_codemod.rules.zarr.codec_flow import writes_format_2
from al_codemod.rules.zarr.codecs import Translated, codec_class, several
from al_codemod.rules.zarr.dicts import codecs_in_dict, each_translated, imports, listed, translated
from al_codemod.rules.zarr.lengths import dimensions, length, of_shape, whole
from al_codemod.rules.zarr.support import Target, constant, is_none, is_zarr_2, takes_no_options
from al_codemod.rules.zarr.written import known, possible, written
from al_codemod.semantics.arguments import value_of
from al_codemod.semantics.places import Place
from al_codemod.surface.zarr.signatures import KNOWN_KEYWORDS, NO_EFFECT, UNSUPPORTED, Family, Signature
from al_codemod.surface.zarr.since import ONE_CHUNK_SIZE, VARIABLE_BYTES, WHOLE_CHUNKS

Argument = ast.expr | ast.keyword
FORMAT_2: Final = "stays in zarr's format 2, which zarr 2 can read too"
CODECS_INSTEAD: Final = "a codec of zarr.codecs, such as zarr.codecs.BloscCodec(...)"
OBJECTS_INSTEAD: Final = "dtype=str for text; zarr 3 has no arrays of other objects"

DEPENDENT: Final = frozenset(
    "mode zarr_version dimension_separator object_codec order write_empty_chunks read_only chunk_store storage_options".split()
)
"""Keywords whose value decides about what becomes of them."""
PARTIAL: Final = "zarr 3 wants a chunk length for each dimension"
PARTIAL_INSTEAD: Final = "-1 where a chunk is as long as the dimension"


def _leaves_out(chunks: ast.expr) -> bool:
    """Whether chunk lengths are left out."""
    return isinstance(chunks, ast.Tuple | ast.List) and any(is_none(e) for e in chunks.elts)


def _seen(_: Context) -> set[ast.AST]:
    """The dicts of a module that have been dealt with, since several calls may share one."""
    return set()


@dataclass
class CallChange:
    """What becomes of one call: collected argument by argument, then one draft."""

    context: Context
    call: ast.Call
    signature: Signature
    target: Target
    function: Template | None = None
    drop: list[Argument] = field(default_factory=list)
    rename: dict[Argument, str] = field(default_factory=dict)
    replace: dict[Argument, Template] = field(default_factory=dict)
    add: dict[str, Template] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    config: dict[str, ast.expr] = field(default_factory=dict)
    review: list[str] = field(default_factory=list)
    manual: list[tuple[ast.AST, str, str]] = field(default_factory=list)
    arguments: dict[str, Argument] = field(default_factory=dict)
    is_text: bool = False
    """Whether what is stored is text of any length."""

    def __post_init__(self) -> None:
        order = self.signature.order
        starred = next((i for i, a in enumerate(self.call.args) if isinstance(a, ast.Starred)), len(self.call.args))
        for i, arg in enumerate(self.call.args[: min(starred, len(order))]):
            self.arguments[order[i]] = arg
            if i >= self.signature.kept:
                self.rename[arg] = order[i]
        self.is_hidden = starred < len(self.call.args) or len(self.call.args) > len(order)
        self.items = items_of(self.context, self.call)
        self.arguments |= {str(k.arg): k for k in self.items}
        self.arguments |= {k.arg: k for k in self.call.keywords if k.arg is not None}
        self.brought = {n for part in unpacked(self.context, self.call) for n in part.names()}
        """The names of what ** brings, as far as that is seen."""

    def gives(self, name: str) -> bool:
        """Whether a parameter is passed, or may be by what ** brings."""
        return name in self.arguments or name in self.brought

    def value(self, name: str) -> ast.expr | None:
        """What is passed for a parameter."""
        return value_of(self.arguments.get(name))

    def known(self, name: str) -> object:
        """The value that is passed for a parameter, where that is written somewhere; `...` where it is not."""
        return known(self.context, self.value(name))

    def remove(self, name: str) -> None:
        """Leave an argument out."""
        argument = self.arguments.get(name)
        if argument is not None:
            self.drop.append(argument)
            self.rename.pop(argument, None)

    def put(self, name: str, text: Template | None, new: str = "") -> None:
        """Give an argument another value, and another name where one is given."""
        argument = self.arguments[name]
        if new and new != name:
            self.rename[argument] = new
        if text is not None:
            self.replace[argument] = text

    def flag(self, name: str, message: str, instead: str) -> None:
        """Leave an argument to a person."""
        self.manual.append((self.arguments[name], message, instead))

    # -- the arguments, one kind at a time

    @property
    def keeps_format_2(self) -> bool:
        """Whether what the call makes is in zarr's format 2, with codecs as zarr 2 had them."""
        if self.target is Target.ICECHUNK:
            return False
        return writes_format_2(self.context, self.call) or self.asks_for_keys()

    def asks_for_keys(self) -> bool:
        return self.known("dimension_separator") in (".", "/")

    def common(self) -> None:
        """What all functions treat alike: the format, the mode, and keywords that say nothing any more."""
        self.version()
        if self.known("mode") == "x":
            self.put("mode", Template('"w-"'))
        for name, why in NO_EFFECT.items():
            if name not in self.arguments:
                continue
            if name == "metadata_key" and self.known(name) not in (".zmetadata", None):
                self.flag(
                    name,
                    "zarr 3 takes no key for consolidated metadata",
                    "leave it out, or use_consolidated=KEY for format 2",
                )
                continue
            self.remove(name)
            if why and self.known(name) not in (None, True):
                self.review.append(why)
        for name, instead in UNSUPPORTED.items():
            value = self.value(name)
            if self.known(name) is None or (name == "read_only" and self.known(name) is False):
                self.remove(name)
            elif value is not None:
                self.flag(name, f"{name}= does nothing in zarr 3", instead)

        options = written(self.context, self.value("storage_options"))
        is_empty = isinstance(options, ast.Dict) and not options.keys
        if is_empty or (options is not None and self.refuses_options()):
            self.remove("storage_options")
            self.review.append("zarr 3 refuses options that it has no use for")
        for name in self.arguments.keys() - KNOWN_KEYWORDS:
            self.flag(name, f"zarr 3 refuses {name}=, which zarr 2 ignored", "leave it out")

    def refuses_options(self) -> bool:
        """Whether no store that is opened is one that fsspec opens by its URL."""
        stores = possible(self.context, self.value(self.signature.store))
        return bool(stores) and all(takes_no_options(self.context, store) for store in stores)

    def version(self) -> None:
        """`zarr_version` is `zarr_format`; on an Icechunk store there is only one."""
        if "zarr_version" not in self.arguments:
            return
        if self.target is Target.UNKNOWN and self.context.uses_arraylake:
            return  # it may be a store of a repo, which has one format only
        version = self.known("zarr_version")
        if self.target is Target.ICECHUNK or version is None:
            self.remove("zarr_version")
            return
        self.put("zarr_version", None, "zarr_format")
        if version == 2:
            self.review.append(FORMAT_2)
        elif version is ...:
            self.review.append("zarr_version is called zarr_format")

    def array(self) -> None:
        """What describes an array: chunks, order, separators, codecs, data types."""
        self.chunks()
        self.layout()
        self.separator()
        self.objects()
        if self.is_text and self.signature.family is Family.CREATE and "data" in self.arguments:
            self.texts()
        if not self.keeps_format_2:
            self.codecs()
        elif self.signature.family is Family.CREATE_ARRAY and "compressor" in self.arguments:
            self.put("compressor", None, "compressors")

    def texts(self) -> None:
        """Text of any length, as numpy has it."""
        numpy, imports = self.context.module("numpy", self.call)
        self.edits += imports
        self.remove("dtype")
        data = self.value("data")
        assert data is not None
        self.put("data", Template(f'{numpy}.asarray({{data}}, dtype="T")', {"data": data}))

    def chunks(self) -> None:
        """Zarr 3 guesses only where it is not told anything, and wants one size for each dimension."""
        value = self.value("chunks")
        makes_array = self.signature.family is Family.CREATE_ARRAY
        made = written(self.context, value)
        if self.known("chunks") is True or (makes_array and self.known("chunks") is None):
            self.remove("chunks")
        elif self.known("chunks") is False and makes_array:
            self.one_chunk()
        elif isinstance(made, ast.Tuple | ast.List):
            self.each_length(made, made is value)
        elif value is not None and constant(made) is ...:
            self.unknown_chunks(value, makes_array)
        elif value is not None and makes_array and not self.context.settings.has_zarr(ONE_CHUNK_SIZE):
            if isinstance(constant(made), int):
                self.each_dimension(value)

    def each_length(self, made: ast.Tuple | ast.List, here: bool) -> None:
        """Chunk lengths that are written out, in the call or elsewhere."""
        shape = written(self.context, self.value("shape"))
        sizes: list[ast.expr | None] = [None if is_none(e) else e for e in made.elts]
        missing = max(0, len(shape.elts if isinstance(shape, ast.Tuple) else []) - len(sizes))
        if not missing and None not in sizes:
            return
        if not here and not all(size is None or isinstance(size, ast.Constant) for size in sizes):
            self.flag("chunks", PARTIAL, PARTIAL_INSTEAD)
            return
        self.whole([*sizes, *[None] * missing])
        if missing:
            self.review.append("chunks are given for every dimension")

    def unknown_chunks(self, value: ast.expr, makes_array: bool) -> None:
        """Chunks that come from elsewhere, of which something is seen: they may not be given, or not for all dimensions."""
        options = possible(self.context, value)
        lengths = [len(s.elts) for s in possible(self.context, self.value("shape")) if isinstance(s, ast.Tuple)]
        for option in options:
            if isinstance(option, ast.Tuple | ast.List) and not any(isinstance(e, ast.Starred) for e in option.elts):
                if any(is_none(e) for e in option.elts) or (lengths and len(option.elts) < min(lengths)):
                    self.flag("chunks", PARTIAL, PARTIAL_INSTEAD)
                    return
        tests = ["{chunks} is None"] if makes_array and may_be_none(self.context, value) else []
        tests += ["{chunks} is None"] if makes_array and not tests and any(is_none(o) for o in options) else []
        tests += ["{chunks} is True"] if any(constant(o) is True for o in options) else []
        if not tests:
            return
        if isinstance(value, ast.Name | ast.Attribute):
            free = '"auto"' if makes_array else "None"
            text = f"{free} if {' or '.join(tests)} else {{chunks}}"
            self.put("chunks", Template(text, {"chunks": value}))
        else:
            self.flag("chunks", "zarr 3 guesses chunks only where it is told 'auto'", "chunks='auto'")

    def one_chunk(self) -> None:
        """Chunks as long as the array."""
        shape, data = self.value("shape"), self.value("data")
        if isinstance(shape, ast.Tuple | ast.Constant | ast.Name):
            self.put("chunks", Template("{shape}", {"shape": shape}))
        elif self.context.settings.has_zarr(WHOLE_CHUNKS):
            self.put("chunks", Template("-1"))
        elif isinstance(data, ast.Name):
            self.put("chunks", Template("{data}.shape", {"data": data}))
        else:
            self.flag("chunks", f"zarr {WHOLE_CHUNKS} is the first that takes this", "chunks=shape")

    def whole(self, sizes: list[ast.expr | None]) -> None:
        """Chunks as long as the dimension where they are not given: its length, which all of zarr 3 takes, or -1."""
        free = self.signature.family is not Family.CREATE_ARRAY or self.context.settings.has_zarr(WHOLE_CHUNKS)
        found = whole(sizes, free, lambda i: length(self.value("shape"), self.value("data"), i))
        if found is None:
            self.flag("chunks", f"zarr {WHOLE_CHUNKS} is the first that takes None or -1", "the length itself")
        else:
            self.put("chunks", Template(*found))

    def each_dimension(self, size: ast.expr) -> None:
        """One size for all dimensions, where that has to be said for each."""
        shape, data = self.value("shape"), self.value("data")
        count = of_shape(self.context, shape) if shape is not None else dimensions(self.context, data)
        if count is None:
            self.review.append(f"zarr before {ONE_CHUNK_SIZE} wants one number for each dimension in chunks=")
        elif count > 1:
            self.put("chunks", Template(f"({', '.join(['{size}'] * count)})", {"size": size}))

    def layout(self) -> None:
        """`write_empty_chunks` and `order` are part of `config`."""
        for name in ("write_empty_chunks", *(() if self.keeps_format_2 else ("order",))):
            value = self.value(name)
            if value is None:
                continue
            self.remove(name)
            if name == "order" and self.known(name) in ("C", None):
                continue
            self.config[name] = value
            if name == "order":
                self.review.append("the order is that in memory; what is stored is in C order")
        brought = [self.arguments[name] for name in self.config if self.arguments[name] in self.items]
        if len(self.config) == len(brought) == 1 and "config" not in self.arguments:
            (name,) = self.config
            self.drop.remove(brought[0])
            self.put(name, Template(f'{{{{"{name}": {{value}}}}}}', {"value": self.config[name]}), "config")
        elif self.config and "config" not in self.arguments:
            items = ", ".join(f'"{name}": {{{name}}}' for name in self.config)
            self.add["config"] = Template("{{" + items + "}}", self.config)

    def separator(self) -> None:
        value = self.value("dimension_separator")
        if value is None:
            return
        if self.target is Target.ICECHUNK or is_none(value):
            self.remove("dimension_separator")
        elif self.signature.family is Family.CREATE_ARRAY:
            self.put(
                "dimension_separator",
                Template('{{"name": "v2", "separator": {sep}}}', {"sep": value}),
                "chunk_key_encoding",
            )
            self.review.append("the keys of the chunks stay as zarr 2 had them")
        elif self.asks_for_keys():
            if "zarr_version" not in self.arguments and "zarr_format" not in self.arguments:
                self.add["zarr_format"] = Template("2")
            self.review.append(FORMAT_2)
        else:
            self.flag(
                "dimension_separator", "zarr's format 3 takes no dimension_separator=", "leave it out, or zarr_format=2"
            )

    def objects(self) -> None:
        """Arrays of objects: text and bytes have types of their own in zarr 3."""
        codec = self.value("object_codec")
        name = codec_class(self.context, codec) if codec is not None else None
        if is_none(codec):
            self.remove("object_codec")
        elif codec is not None and name in ("VLenUTF8", "VLenBytes") and not self.keeps_format_2:
            new = Template("str" if name == "VLenUTF8" else self.bytes())
            self.remove("object_codec")
            self.is_text = name == "VLenUTF8"
            if "dtype" in self.arguments:
                self.put("dtype", new)
            elif "data" not in self.arguments:
                self.add["dtype"] = new
            self.review.append(
                "what is read is an array of text, not of objects"
                if name == "VLenUTF8"
                else "a type that is new in zarr 3"
            )
        elif codec is not None and not self.keeps_format_2:
            self.flag("object_codec", "zarr 3 has no object_codec", OBJECTS_INSTEAD)
        dtype = self.value("dtype")
        if isinstance(dtype, ast.Name) and dtype.id == "bytes" and dotted(self.context, dtype) == "":
            self.put("dtype", Template(self.bytes()))
            self.review.append("a type that is new in zarr 3")
        elif isinstance(dtype, ast.Name) and dtype.id == "object" and codec is None and not self.keeps_format_2:
            self.flag("dtype", "zarr 3 has no arrays of objects", OBJECTS_INSTEAD)
        elif isinstance(constant(dtype), str) and str(constant(dtype)).startswith("array:"):
            self.flag("dtype", "zarr 3 has no ragged arrays", "store the values and their offsets")

    def bytes(self) -> str:
        """The type of bytes of any length."""
        return '"variable_length_bytes"' if self.context.settings.has_zarr(VARIABLE_BYTES) else "bytes"

    # -- codecs

    def codecs(self) -> None:
        """`compressor` and `filters` become what the callee of zarr 3 takes."""
        compressor, filters = self.value("compressor"), self.value("filters")
        if is_none(filters):
            self.remove("filters")
            filters = None
        if self.known("compressor") is False:  # numcodecs took that for None
            self.put("compressor", Template("None"))
            compressor = ast.Constant(None)
        if self.known("compressor") == "default":
            self.remove("compressor")
            compressor = None
        if compressor is None and filters is None:
            return
        stages = self.translated(compressor, filters)
        if stages is None:
            for name in ("compressor", "filters"):
                value = self.value(name)
                if is_none(value) and name == "compressor" and self.signature.family is Family.CREATE_ARRAY:
                    self.put(name, None, "compressors")
                elif value is not None and self.arguments[name] not in self.drop:
                    self.unknown_codec(name)
        elif self.signature.family is Family.CREATE_ARRAY:
            self.separate(compressor, filters, *stages)
        else:
            self.together(compressor, *stages)

    def translated(
        self, compressor: ast.expr | None, filters: ast.expr | None
    ) -> tuple[list[Translated], list[Translated]] | None:
        """The codecs for arrays and those for bytes, in their order; `None` where one is not known."""
        given = list(filters.elts) if isinstance(filters, ast.List | ast.Tuple) else []
        is_named = filters is not None and not isinstance(filters, ast.List | ast.Tuple)
        named = several(self.context, filters) if is_named and filters is not None else []
        if compressor is not None and not is_none(compressor):
            given.append(compressor)
        known = each_translated(self.context, given)
        if known is None or named is None:
            return None
        known = [*named, *known]
        arrays = [m for m in known if m.stage == "array"]
        return arrays, [m for m in known if m.stage != "array"]

    def unknown_codec(self, name: str) -> None:
        """A codec that comes from elsewhere: it is passed on by its new name, and has to be one of zarr 3."""
        if self.signature.family is Family.CREATE_ARRAY and name == "compressor":
            self.put("compressor", None, "compressors")
        self.flag(
            name,
            f"{name}= took numcodecs objects",
            CODECS_INSTEAD if name == "compressor" else f"a list with {CODECS_INSTEAD}",
        )

    def separate(
        self, compressor: ast.expr | None, filters: ast.expr | None, arrays: list[Translated], others: list[Translated]
    ) -> None:
        """`filters=` and `compressors=`."""
        if filters is not None:
            if arrays and arrays[0].text.startswith("*"):
                pass  # the list is translated where it is made
            elif arrays:
                self.put("filters", listed(arrays))
            else:
                self.remove("filters")
        if compressor is not None:
            single = len(others) == 1
            text = Template(others[0].text, others[0].holes) if single else listed(others)
            self.put("compressor", text if others else None, "compressors")
        elif others:
            self.add["compressors"] = listed(others)
            self.review.append("the default compressor is not named, so that only these are used")
        self.take(arrays, others)

    def together(self, compressor: ast.expr | None, arrays: list[Translated], others: list[Translated]) -> None:
        """`codecs=`: what works on arrays, what makes bytes of them, what works on bytes."""
        zarr, imports = self.context.module("zarr", self.call)
        self.edits += imports
        dtype = self.value("dtype")
        is_text = (isinstance(dtype, ast.Name) and dtype.id == "str") or codec_class(
            self.context, self.value("object_codec")
        ) == "VLenUTF8"
        serializer = f"{zarr}.codecs.{'VLenUTF8Codec' if is_text else 'BytesCodec'}()"
        parts = [a.text for a in arrays] + [serializer]
        parts += [f"*([{o.text}] if {o.text} is not None else [])" if o.may_be_none else o.text for o in others]
        holes = {k: v for m in (*arrays, *others) for k, v in m.holes.items()}
        codecs = Template(f"[{', '.join(parts)}]", holes)
        if compressor is not None:
            self.put("compressor", codecs, "codecs")
            self.remove("filters")
        else:
            self.put("filters", codecs, "codecs")
            self.review.append("the default compressor is not named, so that only these are used")
        self.take(arrays, others)

    def take(self, *stages: list[Translated]) -> None:
        self.review.append("data is written in zarr's format 3, with its own codecs")
        self.edits += [i for stage in stages for i in imports(stage)]

    def as_its_like(self, item: Item) -> Iterator[Draft]:
        """Do with a keyword that several bring what is done with the one that stands for them all."""
        argument, name = item.argument, str(item.argument.arg)
        first = self.arguments.get(name)
        if first is argument or first is None:
            return
        if first in self.rename:
            self.rename[argument] = self.rename[first]
        is_same = ast.dump(value_of(first)) == ast.dump(argument.value)
        makes_array = self.signature.family is Family.CREATE_ARRAY
        value = known(self.context, argument.value)
        if is_same or name in NO_EFFECT:
            if first in self.drop:
                self.drop.append(argument)
            elif first in self.replace:
                self.replace[argument] = self.replace[first]
        elif name in {"compressor", "filters"} and value is not None:
            made = translated(self.context, argument.value) if makes_array else None
            if made is None:
                yield Draft(argument, f"{name}= took numcodecs objects", Applicability.MANUAL, instead=CODECS_INSTEAD)
            else:
                self.edits += imports(made)
                self.replace[argument] = listed(made) if len(made) > 1 else Template(made[0].text, made[0].holes)
        elif name == "compressor" and makes_array:
            self.rename[argument] = "compressors"
        elif name == "chunks" and (value is True or (makes_array and value is None)):
            self.drop.append(argument)
        elif name in DEPENDENT or (name == "chunks" and _leaves_out(argument.value)):
            instead = f"what becomes of {name}= in other calls"
            yield Draft(argument, f"zarr 3 may take another {name}=", Applicability.MANUAL, instead=instead)

    def unpacked_codecs(self) -> Iterator[Draft]:
        """Codecs in a dict that is unpacked into the call."""
        if self.keeps_format_2:
            return
        seen = self.context.once(_seen)
        own = {item.literal for item in self.items.values()}
        for part in unpacked(self.context, self.call):
            if part.literal is None or part.literal in seen | own or not part.names() & {"compressor", "filters"}:
                continue
            seen.add(part.literal)
            if self.signature.family is Family.CREATE_ARRAY:
                yield from codecs_in_dict(self.context, part.literal, is_passed=True)
            else:
                message = "the keywords that ** brings took numcodecs objects"
                instead = "codecs=[zarr.codecs.BytesCodec(), zarr.codecs.BloscCodec(...)]"
                yield Draft(part.keyword, message, Applicability.MANUAL, instead=instead)

    # -- the result

    def brought_drafts(self) -> Iterator[Draft]:
        """What becomes of the dicts that bring keywords; one that another call has changed otherwise is left to a person."""
        literals = dict.fromkeys(item.literal for item in self.items.values())
        for literal in literals:
            items = [item for item in self.items.values() if item.literal is literal]
            for item in items:
                yield from self.as_its_like(item)
            wanted = {(str(a.arg), "drop", "") for i in items if (a := i.argument) in self.drop}
            kept = [i.argument for i in items if i.argument not in self.drop]
            wanted |= {(str(a.arg), "name", self.rename[a]) for a in kept if a in self.rename}
            wanted |= {(str(a.arg), "value", self.replace[a].text) for a in kept if a in self.replace}
            agreed = self.context.once(Changes).agree(literal, frozenset(wanted))
            if agreed is None and wanted:
                self.edits += edits(literal, items, self.drop, self.rename, self.replace)
            elif agreed is False:
                message, instead = "what ** brings is changed for another call", "keywords of its own for this call"
                yield Draft(self.call, message, Applicability.MANUAL, instead=instead)

    def drafts(
        self, message: str, where: tuple[Place, ...] = (), safe: Applicability = Applicability.SAFE
    ) -> list[Draft]:
        """One draft for all that changes, and one for each argument that a person has to see to."""
        parts = unpacked(self.context, self.call)
        parts = [p for p in parts if p.literal not in {item.literal for item in self.items.values()}]
        dead = frozenset(n for n in NO_EFFECT if any(n in p.names() for p in parts))
        self.edits += drop_from(parts, dead)
        found = [*self.brought_drafts()]
        found += [Draft(node, said, Applicability.MANUAL, (), (), instead) for node, said, instead in self.manual]
        change = ChangeCall(
            self.call,
            self.function,
            drop=tuple(a for a in dict.fromkeys(self.drop) if a not in self.items),
            rename=tuple((a, n) for a, n in self.rename.items() if a not in self.drop and a not in self.items),
            replace=tuple((a, t) for a, t in self.replace.items() if a not in self.drop and a not in self.items),
            add=tuple(self.add.items()),
        )
        is_changed = change.drop or change.rename or change.replace or change.add or change.function
        found += self.unpacked_codecs()
        if self.is_hidden and (change.rename or is_zarr_2(self.context)):
            return [
                *found,
                Draft(
                    self.call,
                    f"{message}, by positions that are not seen",
                    Applicability.MANUAL,
                    instead="pass the arguments by keyword",
                ),
            ]
        if is_changed or self.edits:
            review = [*self.review, *(["what ** brings is not seen"] if is_hidden(parts) and is_changed else [])]
            applicability = Applicability.REVIEW if review else safe
            text = "; ".join([message, *dict.fromkeys(review)])
            found.append(Draft(self.call, text, applicability, (change, *self.edits), where))
        return found
