"""What every page stands in: brand, navigation, access, errors, static files."""
