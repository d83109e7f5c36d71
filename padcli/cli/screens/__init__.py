"""What each command shows, to the width of the terminal: a module a command."""
