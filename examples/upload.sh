#!/usr/bin/env bash
# Uploads one file into an Amazon Connect case through the broker, step by step.
#
#   examples/upload.sh FILE [USERNAME]
#
# Needs bash, curl and jq, and the local stack (`make dev`) or other addresses in API, PAGE, CONNECT and OIDC.
set -euo pipefail

API=${API:-http://127.0.0.1:3000}
PAGE=${PAGE:-http://127.0.0.1:8080}
CONNECT=${CONNECT:-http://127.0.0.1:4510}
OIDC=${OIDC:-http://127.0.0.1:4520}

file=${1:?usage: examples/upload.sh FILE [USERNAME]}
[ -r "$file" ] || { echo "cannot read $file" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The uploader and the destination: one of the seeded users and cases.
seeds=$(curl -sS --fail "$PAGE/seeds.json")
username=${2:-$(jq -r '.users[0].username' <<<"$seeds")}
case_arn=$(jq -r '.cases[0].arn' <<<"$seeds")

# Connect accepts a file by the extension of its name, so other files are sent as text.
name=$(basename "$file")
case $(tr '[:upper:]' '[:lower:]' <<<"${name##*.}") in
  csv|doc|docx|heic|jfif|jpeg|jpg|mov|mp4|pdf|png|ppt|pptx|rtf|txt|wav|xls|xlsx) ;;
  *) name=$name.txt ;;
esac

# Ends with the answer's body if the status is not the expected one.
expect() {
  local expected=$1 status=$2
  [ "$status" = "$expected" ] && return
  echo "expected $expected, got $status:" >&2
  cat "$work/body" >&2
  echo >&2
  exit 1
}

echo "1. token for $username"
token=$(curl -sS --fail "$OIDC/token" -d grant_type=password --data-urlencode "username=$username" | jq -r .access_token)

echo "2. POST /uploads: $name into ${case_arn##*/}"
jq -n --arg name "$name" --argjson size "$(wc -c <"$file")" --arg case "$case_arn" \
  '{fileName: $name, fileSizeInBytes: $size, associatedResourceArn: $case}' >"$work/ask.json"
expect 201 "$(curl -sS -o "$work/body" -D "$work/headers" -w '%{http_code}' "$API/uploads" \
  -H "Authorization: Bearer $token" -H 'Content-Type: application/json' --data-binary "@$work/ask.json")"
location=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Ll]ocation: //p')
# `Location` is a path on the API's origin. The token goes there, so it must be an upload of the API.
origin=$(sed -E 's|^(https?://[^/]+).*|\1|' <<<"$API")
[[ $location =~ ^"${API#"$origin"}"/uploads/[A-Za-z0-9_-]+$ ]] || { echo "Location leads away from the API" >&2; exit 1; }
upload=$origin$location

echo "3. PUT the bytes, with exactly the headers that were returned"
put=(curl -sS -o "$work/body" -w '%{http_code}' -X PUT --data-binary "@$file" -H 'Expect:')
# Without a Content-Type among the headers none may be sent, but curl would add its own.
jq -e '.headers | keys | any(ascii_downcase == "content-type")' "$work/body" >/dev/null || put+=(-H 'Content-Type:')
while IFS= read -r header; do
  put+=(-H "$header")
done < <(jq -r '.headers | to_entries[] | "\(.key): \(.value)"' "$work/body")
expect 200 "$("${put[@]}" "$(jq -r .url "$work/body")")"

echo "4. complete"
expect 204 "$(curl -sS -o "$work/body" -w '%{http_code}' -X POST "$upload/complete" -H "Authorization: Bearer $token")"

echo "5. poll until the scan is over"
for _ in $(seq 60); do
  expect 200 "$(curl -sS -o "$work/body" -D "$work/headers" -w '%{http_code}' "$upload" -H "Authorization: Bearer $token")"
  status=$(jq -r .status "$work/body")
  echo "   $status"
  case $status in APPROVED|REJECTED|FAILED|UPLOAD_EXPIRED|DELETED) break ;; esac
  wait=$(tr -d '\r' <"$work/headers" | sed -n 's/^[Rr]etry-[Aa]fter: //p')
  sleep "${wait:-2}"
done
[ "$status" = APPROVED ] || exit 1

echo "6. what Connect recorded, and where the bytes are read again"
curl -sS --fail "$CONNECT/_local/files" | jq -r --arg connect "$CONNECT" '.files[-1]
  | "   file    \(.FileArn)",
    "   case    \(.AssociatedResourceArn)",
    "   by      \(.CreatedBy.ConnectUserArn)",
    "   bytes   aws --endpoint-url \($connect) connect get-attached-file" +
    " --instance-id \(.FileArn | split("/")[1]) --associated-resource-arn \(.AssociatedResourceArn) --file-id \(.FileId)"'
