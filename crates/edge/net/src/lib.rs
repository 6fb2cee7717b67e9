//! SIP transports and RTP sockets.
