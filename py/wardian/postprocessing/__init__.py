"""From a model's raw outputs to answers, in NumPy. One file per kind of answer."""
