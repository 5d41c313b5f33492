"""What the user wrote: loaded with its places, overlaid for an environment, typed."""
