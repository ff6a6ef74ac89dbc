"""The table of what changed from zarr 2 to zarr 3, and with it in xarray and dask, as data."""
