"""Outputs of padcli in another format, or in other shards, without their inputs."""
