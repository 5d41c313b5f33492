"""The generated pages of the manual, one module each: pure functions from the code to Markdown."""
