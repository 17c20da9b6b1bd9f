"""One module per command of `build.py`: its docstring is its help, `add_arguments` its options, `run` its work."""
