"""Real third-party codes as solvers under test: adapters, and a study of what each can do.

Nothing here is imported by the rest of the suite, and no third-party code by this module.
"""
