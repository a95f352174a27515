"""Insights: why a figure changed, what is ahead, what is out of the ordinary, what can be paid."""
