"""Loads the plugins of the gates and of the reports; everything else lives there."""

pytest_plugins = ("gates.plugin", "reports.plugin")
