"""What came with a version of zarr 3, and so is no spelling for those who have to support an older one.

Seen by execution on each of these versions and on the one before. What is not named here works from 3.0 on.
"""

from typing import Final

DATA_IN_GROUP: Final = "3.1.0"
"""`Group.create_array(name, data=...)`."""
TIMES: Final = "3.1.0"
"""Arrays of `datetime64`, `timedelta64` and of records."""
VARIABLE_BYTES: Final = "3.1.1"
"""`dtype="variable_length_bytes"`."""
NUMCODECS: Final = "3.1.3"
"""`zarr.codecs.numcodecs`, which numcodecs had as `numcodecs.zarr3`."""
INDEX_ERRORS: Final = "3.1.3"
"""`zarr.errors.BoundsCheckError` and its like."""
CACHE: Final = "3.1.6"
"""`zarr.experimental.cache_store`, which 3.1.4 had first, and which can be opened to be read."""
ARRAY_CONFIG: Final = "3.1.6"
"""`array.config`."""
ONE_CHUNK_SIZE: Final = "3.2.0"
"""`create_array(chunks=2)` where there are several dimensions."""
WHOLE_CHUNKS: Final = "3.3.0"
"""`create_array(chunks=(2, -1))`."""
ARRAYS_AS_VALUES: Final = "3.2.0"
"""`array[...] = other_zarr_array`."""
NO_DIMENSIONS: Final = "3.3.0"
"""Arrays without dimensions in `group[name] = value` and `save_array`; `create_array` took them before."""
FORMAT_OF_GROUP: Final = "3.4.0"
"""`zeros`, `ones`, ... of a group of format 2 make arrays of that format."""
