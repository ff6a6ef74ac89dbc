"""The API tables as data: what each V1, zarr 2 and xarray member is, gives and does. Knows nothing else."""
