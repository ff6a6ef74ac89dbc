"""al-codemod moves a code base from Arraylake V1 and zarr 2 to Icechunk and zarr 3."""

__version__ = "0.1.0"
