"""How well reps are counted: labelled recordings, and what the counter makes of them."""
