"""Live feeds: sockets to lines, lines to whole messages with their time of arrival, messages to the spool on disk."""
