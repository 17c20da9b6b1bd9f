"""Builds, serves and tests Wardian. CPython only; nothing of it is shipped."""
