"""Small models that the project trains itself, from data on a package registry, with NumPy alone."""
