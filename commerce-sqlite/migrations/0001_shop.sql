-- A whole shop. To be read by people as well:
--   ids are the text of a UUID, and UUIDs of version 7 sort by the time they were made;
--   times are UTC with nine digits behind the second, so that they sort as text;
--   a document is the record as JSON; the columns beside it are what is searched for, taken from the document.
-- The checks repeat what the engine has judged already: whatever else writes here cannot oversell either.
-- A check against three names or more says `or`: for a list that long SQLite fills a table of its own at every row.
-- Tables are without a rowid where rows are small, so that their key is not stored twice.

create table products (
    id       text    not null primary key,
    writes   integer not null check (writes >= 1),
    events   integer not null check (events >= 0),
    title    text    not null,
    status   text    not null check (status = 'draft' or status = 'active' or status = 'archived'),
    document text    not null
) strict;

create view variants (sku, product, place, title, options, stock, weight_grams) as
select v.value ->> 'sku', p.id, v.key, p.title, v.value ->> 'option_values', v.value ->> 'stock',
    v.value ->> 'weight_grams'
from products p, json_each(p.document, '$.variants') v;

create view prices (sku, market, amount, currency, unit_quantity, product) as
select v.value ->> 'sku', r.value ->> 'market', r.value ->> '$.amount.amount', r.value ->> '$.amount.currency',
    r.value ->> 'unit_quantity', p.id
from products p, json_each(p.document, '$.variants') v, json_each(v.value, '$.prices') r;

create table promotions (
    id       text    not null primary key,
    writes   integer not null check (writes >= 1),
    events   integer not null check (events >= 0),
    name     text    not null,
    code     text,
    status   text    not null,
    document text    not null
) strict;

create index promotions_open on promotions (id) where code is null;

create table customers (
    id       text    not null primary key,
    writes   integer not null check (writes >= 1),
    events   integer not null check (events >= 0),
    email    text    not null,
    name     text    not null,
    document text    not null
) strict;

-- Names that only one thing may have; the owner is a product, promotion, customer or order.
create table names (
    kind  text not null check (kind = 'sku' or kind = 'coupon' or kind = 'email' or kind = 'order_number'),
    name  text not null,
    owner text not null,
    primary key (kind, name)
) strict, without rowid;

create table stock_levels (
    sku          text    not null,
    location     text    not null,
    on_hand      integer not null check (on_hand >= 0),
    reserved     integer not null check (reserved >= 0),
    committed    integer not null check (committed >= 0),
    safety       integer not null check (safety >= 0),
    low_stock_at integer not null check (low_stock_at >= 0),
    backorder    text    not null check (backorder in ('denied', 'allowed')),
    movements    integer not null check (movements >= 0),
    events       integer not null check (events >= 0),
    primary key (sku, location),
    check (backorder = 'allowed' or reserved + committed <= on_hand)
) strict, without rowid;

-- The ledger. It only grows, and the sum of its changes is what is on hand.
create table stock_movements (
    sku      text    not null,
    location text    not null,
    number   integer not null check (number >= 1),
    change   integer not null,
    reason   text    not null,
    at       text    not null,
    primary key (sku, location, number)
) strict, without rowid;

-- Held by a cart until a time, or by a checkout without one. The lines are JSON.
create table reservations (
    id       text not null primary key,
    cart     text,
    until    text,
    checkout text,
    state    text not null check (state = 'held' or state = 'committed' or state = 'released'),
    why      text check (why = 'expired' or why = 'replaced' or why = 'turned_back' or why = 'asked'),
    lines    text not null,
    made_at  text not null,
    check ((cart is null) = (checkout is not null)),
    check ((cart is null) = (until is null)),
    check ((state = 'released') = (why is not null))
) strict, without rowid;

create index reservations_expiring on reservations (until) where state = 'held' and until is not null;

create view reservation_lines (reservation, state, sku, location, units) as
select r.id, r.state, l.value ->> 'sku', l.value ->> 'location', l.value ->> 'units'
from reservations r, json_each(r.lines) l;

create table counters (
    counter text    not null primary key,
    held    integer not null check (held >= 0),
    used    integer not null check (used >= 0)
) strict, without rowid;

create table counter_holds (
    counter text    not null,
    holder  text    not null,
    amount  integer not null check (amount >= 0),
    state   text    not null check (state in ('held', 'settled')),
    primary key (counter, holder)
) strict, without rowid;

create table carts (
    id         text    not null primary key,
    writes     integer not null check (writes >= 1),
    events     integer not null check (events = 0),
    customer   text,
    changed_at text    not null,
    document   text    not null
) strict;

create table orders (
    id        text    not null primary key,
    writes    integer not null check (writes >= 1),
    events    integer not null check (events >= 0),
    number    text    not null,
    customer  text,
    placed_at text    not null,
    document  text    not null
) strict;

create index orders_by_number on orders (number);
create index orders_by_customer on orders (customer, id) where customer is not null;

create view order_lines (order_id, line, sku, title, quantity, total, currency) as
select o.id, l.value ->> 'line', l.value ->> 'sku', l.value ->> 'title', l.value ->> 'quantity',
    l.value ->> '$.total.amount', l.value ->> '$.total.currency'
from orders o, json_each(o.document, '$.quote.lines') l;

create table payments (
    id       text    not null primary key,
    writes   integer not null check (writes >= 1),
    events   integer not null check (events >= 0),
    checkout text    not null,
    document text    not null
) strict;

create index payments_by_checkout on payments (checkout, id);

-- Every movement of money, one a line.
create view transactions (payment, kind, amount, currency, at, refund) as
select id, 'authorized', document ->> '$.authorized.amount', document ->> '$.authorized.currency',
    document ->> 'authorized_at', null
from payments
union all
select id, 'captured', document ->> '$.captured.amount', document ->> '$.captured.currency',
    document ->> 'captured_at', null
from payments where document ->> 'captured_at' is not null
union all
select id, 'voided', document ->> '$.authorized.amount', document ->> '$.authorized.currency',
    document ->> 'voided_at', null
from payments where document ->> 'voided_at' is not null
union all
select p.id, 'refund_' || (r.value ->> '$.state.kind'), r.value ->> '$.amount.amount',
    r.value ->> '$.amount.currency', r.value ->> '$.state.at', r.value ->> 'id'
from payments p, json_each(p.document, '$.refunds') r;

create table sagas (
    id       text    not null primary key,
    writes   integer not null check (writes >= 1),
    events   integer not null check (events >= 0),
    kind     text    not null,
    status   text    not null
             check (status = 'running' or status = 'turning_back' or status = 'completed' or status = 'turned_back'),
    due_at   text,
    document text    not null
) strict;

create index sagas_due on sagas (due_at, id) where due_at is not null;

create table signals (
    saga     text    not null primary key,
    writes   integer not null check (writes >= 1),
    events   integer not null check (events >= 0),
    pending  integer not null check (pending in (0, 1)),
    document text    not null
) strict;

create index signals_pending on signals (saga) where pending = 1;

-- Events. The aggregate begins with a digit that sorts its kinds as the engine does; the place is the order in which
-- undelivered events came.
create table outbox (
    aggregate    text    not null,
    number       integer not null check (number >= 1),
    place        integer not null,
    type         text    not null,
    at           text    not null,
    attempts     integer not null check (attempts >= 0),
    retry_at     text,
    delivered_at text,
    last_error   text,
    event        text    not null,
    primary key (aggregate, number)
) strict, without rowid;

create index outbox_undelivered on outbox (place) where delivered_at is null;
create index outbox_waiting on outbox (aggregate, number) where delivered_at is null and retry_at is not null;
