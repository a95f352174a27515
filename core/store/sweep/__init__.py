"""The invariant sweep: what must hold in any database of ours, whatever has happened to it."""
