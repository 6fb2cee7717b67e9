//! Practice exchange: a small SIP server with scripted customers.
