"""The brand's files, as browsers fetch them."""
