#!/bin/sh
# Installs the trainer's lock into an environment: install.sh LOCK ENVIRONMENT.
#
# The lock's torch is built for CUDA. Where TORCH_INDEX names another index, torch comes from there, in the lock's
# version, and what only CUDA's torch needs is left out; all else is what the lock says, to the byte. The other wheel
# has another hash: TORCH_SHA256, where it is given, is the one that it must have.
set -eu
lock=$1
environment=$2

if [ -z "${TORCH_INDEX:-}" ]; then
    exec uv pip install --python "$environment" --require-hashes -r "$lock"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
awk '/^torch==/ { print $1 }' "$lock" >"$scratch/torch.txt"
if [ -n "${TORCH_SHA256:-}" ]; then
    sed -i "s/\$/ --hash=sha256:$TORCH_SHA256/" "$scratch/torch.txt"
fi
awk '/^[a-z]/ { is_left_out = /^(torch|triton|cuda-|nvidia-)/ } !is_left_out' "$lock" >"$scratch/rest.txt"
uv pip install --python "$environment" --no-deps --default-index "$TORCH_INDEX" -r "$scratch/torch.txt"
uv pip install --python "$environment" --require-hashes -r "$scratch/rest.txt"
uv pip check --python "$environment"
