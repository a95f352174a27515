"""Find the parts of a sentence that a tool needs: periods, days, amounts, names, choices."""
