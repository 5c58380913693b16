"""Makes the files of docs/ and clients/ that repeat what the code says, so that they can't say anything else."""
