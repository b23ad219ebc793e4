"""placeholder."""

if __name__ != "electronwind.reference":
    raise ImportError(f"this folder is the package electronwind.reference, not {__name__}")
