"""Reports: the figures of a month as one value, before anybody draws or prints them."""
