"""Pictures in files: found in folders or Parquet, decoded in parallel, kept on disk or in memory."""
