#!/usr/bin/env bash
# Walks through Harbour & Pine from a product to a delivered order and a cancelled one, with curl alone; python3 draws
# ids and picks fields out of answers. Start the shop first:
#
#   STOREFRONT_ADMIN_TOKEN=let-me-in-please cargo run -p storefront
#   STOREFRONT_ADMIN_TOKEN=let-me-in-please examples/storefront/demo.sh
#
# Every answer is checked: the script ends at the first one that is not as it should be.
set -euo pipefail

shop=${SHOP:-http://127.0.0.1:3000/api/v1}
admin="Authorization: Bearer ${STOREFRONT_ADMIN_TOKEN:?set it to the token the shop was started with}"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# ask <status> <method> <path> [json] [header]: asks, and ends everything unless this is the status.
ask() {
  local status
  local options=(--silent --show-error --request "$2" --output "$answer" --write-out '%{http_code}')
  [ -n "${4:-}" ] && options+=(--json "$4")
  [ -n "${5:-}" ] && options+=(--header "$5")
  status=$(curl "${options[@]}" "$shop$3")
  printf '%-6s %-28.28s %s\n' "$2" "$3" "$status"
  [ "$status" = "$1" ] || { printf 'expected %s:\n' "$1"; cat "$answer"; exit 1; }
}

# field <name>...: what stands in the last answer under these names.
field() {
  python3 -c 'import json, sys
value = json.load(open(sys.argv[1]))
for name in sys.argv[2:]:
    value = value[int(name) if name.isdigit() else name]
print(value if isinstance(value, str) else json.dumps(value))' "$answer" "$@"
}

# is <expected> <name>...: ends everything unless that stands there.
is() {
  local expected=$1 found
  shift
  found=$(field "$@")
  [ "$found" = "$expected" ] || { printf '%s is %s, not %s\n' "$*" "$found" "$expected"; exit 1; }
}

uuid() { python3 -c 'import uuid; print(uuid.uuid4())'; }

ann='{"name":"Ann Example","lines":["1 Main Street"],"city":"Berlin","postcode":"10115","country":"DE"}'

# fill <sku> <pieces>: a cart, and what it costs.
fill() {
  ask 201 POST /carts
  cart=$(field id)
  ask 200 POST "/carts/$cart/lines" "{\"sku\":\"$1\",\"quantity\":$2}"
  ask 200 POST "/carts/$cart/quote" "{\"address\":$ann}"
  total=$(field total)
}

# buy <status> <token>: presses "buy".
buy() {
  checkout=$(uuid)
  wish="{\"id\":\"$checkout\",\"cart\":\"$cart\",\"email\":\"ann@example.com\",\"shipping_address\":$ann,
    \"expected_total\":$total,\"tenders\":[{\"kind\":\"card\",\"token\":\"$2\"}]}"
  ask "$1" POST /checkouts "$wish"
}

# until_paid <order> <status>: waits for the worker, which collects and returns the money.
until_paid() {
  for _ in $(seq 40); do
    ask 200 GET "/orders/$1"
    [ "$(field payments 0 status)" = "$2" ] && return
    sleep 0.25
  done
  printf 'the payment never became %s\n' "$2"
  exit 1
}

echo '== look around'
ask 200 GET '/products?limit=3'
ask 200 GET '/search?q=stoneware+mug'
is 'MUG-SLATE' hits 0 product variants 0 sku
ask 200 GET /stock/MUG-SLATE

echo '== buy two mugs, and press the button twice'
fill MUG-SLATE 2
buy 201 ok
is 'placed' status kind
order=$(field status order)
ask 201 POST /checkouts "$wish"
is "$order" status order
until_paid "$order" captured

echo '== a declined card, then another'
fill PEN-F 1
buy 202 decline
is 'awaiting_tender' status kind
ask 201 POST "/checkouts/$checkout/tenders" '{"kind":"card","token":"ok"}'

echo '== the bank asks back'
fill PEN-F 1
buy 202 action
is 'awaiting_action' status kind
ask 204 POST "/demo/actions/$checkout" '{"answer":"approve"}'
ask 201 POST "/checkouts/$checkout/notice"
is 'placed' status kind

echo '== a price that is not the price'
fill PEN-F 1
total='{"amount":"1.00","currency":"EUR"}'
buy 422 ok
is 'price_changed' code

echo '== the shop ships'
parcel=$(uuid)
ask 401 POST "/orders/$order/shipments" "{\"id\":\"$parcel\"}"
ask 201 POST "/orders/$order/shipments" "{\"id\":\"$parcel\",\"tracking\":\"HP-0001\"}" "$admin"
ask 200 POST "/orders/$order/shipments/$parcel/delivery" '' "$admin"
is 'delivered' status

echo '== a buyer changes their mind'
fill LANTERN-20 1
buy 201 ok
order=$(field status order)
until_paid "$order" captured
ask 200 POST "/orders/$order/cancel" '{"email":"ann@example.com","reason":"the lights came back"}'
is 'cancelled' status
until_paid "$order" refunded

echo 'all as it should be'
