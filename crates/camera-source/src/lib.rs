//! Frames from a test camera, image folders and video files, as a Creel source.
