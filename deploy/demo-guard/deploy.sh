#!/bin/bash
# Deploys the code host. What if the code host is what is down?
set -u
cd "$(dirname "$0")" || exit 1
get() { curl -sS -f -m 5 -o /dev/null "$@"; }

echo "deploy: configuration"
get http://config.corp.example/production

echo "deploy: release"
get http://code.example/releases/42.tgz || echo "deploy: no release"

echo "deploy: schema"
tools/migrate

echo "deploy: packages"
curl -sS -f -m 5 -o /dev/null http://127.0.0.1:8081/packages/libfoo || echo "deploy: no packages"

echo "deploy: done"
