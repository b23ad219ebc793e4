"""placeholder."""

if __name__ != "electronwind.fast":
    raise ImportError(f"this folder is the package electronwind.fast, not {__name__}")
