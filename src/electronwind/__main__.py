"""Hand over to the command line."""

from electronwind.validation.cli.app import main

if __name__ == "__main__":
    main()
