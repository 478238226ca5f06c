"""What is drawn and written of a study: figures, the report, the page of a reproduction, exports."""
