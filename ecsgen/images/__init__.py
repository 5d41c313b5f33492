"""The edge to Docker: content tags, builds, pushes. Takes plain values; knows nothing of descriptions or AWS."""
