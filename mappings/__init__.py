"""How fields meet: the mapping language, its templates, versions and crosswalks."""
