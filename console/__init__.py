"""The staff's face in the browser: pages, each of which calls one verb of a service."""
