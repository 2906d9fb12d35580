"""One purchase-to-pay day over real HTTP: people act in the ERP and in the AP service, the portal carries it over.

Each step looks at the end state in the other system and stops the story where it is not as it should be.
"""
