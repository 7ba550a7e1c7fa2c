"""The officials' desk: sign-in, roles, and the shell in which every widget's staff pages stand."""
