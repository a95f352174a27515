"""Words: everything the model is told and every sentence a user reads."""
