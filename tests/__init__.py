"""Everything that proves the product; see CONTRIBUTING.md for what goes where."""
