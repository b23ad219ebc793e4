"""placeholder."""

if __name__ != "electronwind.validation":
    raise ImportError(f"this folder is the package electronwind.validation, not {__name__}")
