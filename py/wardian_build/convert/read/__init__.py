"""Weights of other formats as arrays by name, read without the framework that wrote them."""
