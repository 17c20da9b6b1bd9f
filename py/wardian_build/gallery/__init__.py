"""What a task of the gallery consists of in the repository: model card, task file, golden."""
