#!/bin/sh
# Installs and starts a Docker Engine on Debian or Ubuntu. Does nothing when one answers already.
set -eu

log=${TMPDIR:-/tmp}/ecsgen-dockerd.log

if docker version >/dev/null 2>&1; then
    echo "a Docker Engine answers already"
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "installing a Docker Engine needs root: run sudo make engine" >&2
    exit 1
fi
if ! command -v dockerd >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "this is not Debian or Ubuntu: install a Docker Engine as its documentation says" >&2
        exit 1
    fi
    apt-get update -q
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends docker.io iptables busybox-static
fi
# Where systemd runs, installing has started it; elsewhere it is started here, without a listener on the network.
if ! docker version >/dev/null 2>&1; then
    if command -v setsid >/dev/null 2>&1; then
        setsid dockerd >"$log" 2>&1 </dev/null &
    else
        nohup dockerd >"$log" 2>&1 </dev/null &
    fi
fi
tries=0
until docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
        echo "the Docker Engine did not start; the end of $log:" >&2
        tail -n 20 "$log" >&2
        exit 1
    fi
    sleep 1
done
echo "a Docker Engine runs"
