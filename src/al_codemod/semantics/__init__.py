"""What a program means: names, values, control flow and the sessions hidden in V1 repos. Knows no rule."""
