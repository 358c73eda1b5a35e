"""The process: settings, assembly, intake, web, schedule and the command line."""
