"""What a newcomer sees: a real ERP, a story and the commands that start them."""
