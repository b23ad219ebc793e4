"""A solver under test: loaded, guarded, and judged on one problem."""
