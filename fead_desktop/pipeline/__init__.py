"""How the stages run, in a child process."""
