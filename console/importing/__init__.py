"""Files that staff upload: looked at from outside before they are believed, then read as texts."""
