"""What dagster.yaml and workspace.yaml name: storage and run launcher; and the target database."""
