"""The schema, step by step, and the way to bring a database to the newest step."""
