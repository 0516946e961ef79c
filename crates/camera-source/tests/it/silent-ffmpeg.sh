#!/bin/sh
# Stands in for an ffmpeg that never says a word, whatever it is asked.
exec tail -f /dev/null
