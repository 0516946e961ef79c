//! A blocking HTTP client for model servers, as a Creel service.
