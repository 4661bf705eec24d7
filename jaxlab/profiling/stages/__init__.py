"""How long the stages of a call take, each apart, and its warm runs."""
