"""What both edge services need, and nothing else."""
