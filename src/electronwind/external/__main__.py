"""Serve a Python solver on standard input and output: ``python -m electronwind.external SPEC``."""

from .worker import main

if __name__ == "__main__":
    main()
