"""The torch engine: networks as torch modules, differentiated by torch itself."""
