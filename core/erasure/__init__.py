"""Being forgotten: asked for, approved, waited for, done, and proved."""
