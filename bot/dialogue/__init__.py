"""One message, one direction: claim, plan, act, reply, record. Read ``handler.py`` first."""
