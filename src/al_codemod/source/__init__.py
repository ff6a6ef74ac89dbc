"""Files as bytes and text: found, filtered, read and replaced without a scratch."""
