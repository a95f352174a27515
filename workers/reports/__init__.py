"""The monthly report: figures to words, words to a drawn page, the page to the outbox."""
