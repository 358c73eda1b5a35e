"""What all pages share: routes, rights, forms, templates, lists."""
