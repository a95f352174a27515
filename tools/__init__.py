"""Does: typed verbs over the core, declared once, one door to run them."""
