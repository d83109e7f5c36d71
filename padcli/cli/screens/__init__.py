"""The screens of the commands, to the width of the terminal: a module a command."""
