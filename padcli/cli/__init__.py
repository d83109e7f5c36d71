"""The command line: options to one library call, and its report to the screen."""
