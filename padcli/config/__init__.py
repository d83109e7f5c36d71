"""Options from elsewhere than the command line: a TOML file, pyproject.toml, the environment."""
