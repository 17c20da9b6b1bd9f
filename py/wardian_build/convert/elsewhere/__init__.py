"""Scripts that run where a framework is, in another environment: of ours they import only each other."""
