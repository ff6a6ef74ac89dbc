"""The migration of what a project depends on: requirements files, `pyproject.toml`, environments, images, workflows.

A reader for each format only finds version constraints in its text. What becomes of them is decided in one place, from
one table of versions, and only their own characters change. The doors are `kinds`, which knows manifests by their names,
and `migrate`.
"""
