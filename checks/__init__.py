"""The house rules as scripts: set-up, limits, words and import homes. No part of the product."""
