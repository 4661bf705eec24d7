"""One piece of code against another: two calls, two profiles, or its twin in NumPy."""
