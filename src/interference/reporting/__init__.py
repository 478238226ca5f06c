"""Shows a study: figures, the report, the page of the reproduction, DVC's plots, exports."""
