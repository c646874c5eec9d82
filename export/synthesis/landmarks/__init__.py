"""The 68 points of iBUG 300-W on the synthetic head, as annotators place them."""
