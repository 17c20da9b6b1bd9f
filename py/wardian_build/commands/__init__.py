"""One module per command of `build.py`: its docstring is the help, `add_arguments` the options."""
