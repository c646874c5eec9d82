"""Constants that are measured on photographs or synthetic faces and then fixed in code."""
