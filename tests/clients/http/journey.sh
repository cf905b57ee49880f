#!/usr/bin/env bash
# The whole journey by curl, once for each case; test_http_clients.py says what a case is.
#
#   journey.sh API CASES
set -euo pipefail
api=$1 cases=$2
origin=$(sed -E 's|^(https?://[^/]+).*|\1|' <<<"$api")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the status of an answer; its headers and its body are in $work.
ask() { curl -sS -D "$work/headers" -o "$work/body" -w '%{http_code}' "$@"; }
header() { tr -d '\r' <"$work/headers" | grep -i "^$1: " | cut -d' ' -f2-; }

for case in "$cases"/*; do
  authorization=$(<"$case/authorization")
  status=$(ask "$api/uploads" -H "Authorization: $authorization" -H "Content-Type: $(<"$case/content-type")" \
    --data-binary "@$case/body")
  outcome=none
  if [ "$status" = 201 ]; then
    upload=$origin$(header location)
    # curl would add its own Content-Type. The empty one prevents that if the ticket has none.
    put=(-X PUT --data-binary "@$case/file" -H 'Content-Type:' -H 'Expect:')
    while IFS= read -r line; do
      put+=(-H "$line")
    done < <(jq -r '.headers | to_entries[] | "\(.key): \(.value)"' "$work/body")
    [ "$(ask "${put[@]}" "$(jq -r .url "$work/body")")" = 200 ]
    [ "$(ask -X POST "$upload/complete" -H "Authorization: $authorization")" = 204 ]
    outcome=PROCESSING
    while [ "$outcome" = PROCESSING ]; do
      [ "$(ask "$upload" -H "Authorization: $authorization")" = 200 ]
      outcome=$(jq -r .status "$work/body")
    done
  fi
  printf '%s %s %s\n' "$(basename "$case")" "$status" "$outcome"
done
