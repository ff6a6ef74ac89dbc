"""`python -m al_codemod` is the same command as `al-codemod`."""

from al_codemod.cli import main

if __name__ == "__main__":
    main()
