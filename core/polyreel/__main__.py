"""`python -m polyreel`: the command line, also where no script is on the path."""

from .cli import main

if __name__ == "__main__":
    main()
