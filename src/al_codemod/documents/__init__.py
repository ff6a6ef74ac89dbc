"""Files that hold Python among other things: taken apart into parts, and put together again byte for byte."""
