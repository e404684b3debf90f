"""How each kind of classifier is trained, and what recipes share."""
