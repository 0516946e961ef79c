//! Inference protocols as pure encoding and decoding, for clients and servers.
