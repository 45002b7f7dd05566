"""A shop for goods made by social enterprises."""
