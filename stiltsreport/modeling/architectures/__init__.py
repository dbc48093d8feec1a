"""What differs between architectures: the classes of their heads, the direction of attention, how texts are framed, where weights lie."""
