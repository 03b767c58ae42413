"""The application people work with: pages made on the server, in Chinese or English.

Each page is a module that gathers what it shows and a template of `templates/`; what a person
changes goes through the same doors as what a program changes (`api.v1`). All of them: `routes`.
"""
