#!/bin/sh
# Starts Redis with its password in a file, since whoever lists processes sees a command's arguments:
# start.sh FILE ARGUMENT…
set -eu
file=$1
shift
umask 077
printf 'requirepass %s\n' "$REDIS_PASSWORD" >"$file"
exec redis-server "$file" "$@"
