-- A whole shop. To be read by people as well:
--   what sorts or pages by text sorts by bytes (collate "C"), as the engine does;
--   times are kept to the microsecond;
--   a document is the record as JSON, exactly as it was written; the columns beside it are what is searched for.
-- The checks repeat what the engine has judged already: whatever else writes here cannot oversell either.
-- Rows that change often leave room for their next version on the same page (fillfactor), so that no index has to
-- be written when none of its columns changed.

-- Stops the statement, and with it everything it has written, when something was not as the engine had assumed.
create function as_assumed(boolean) returns boolean language plpgsql as $$
begin
    if not $1 then
        raise exception 'a row is not as it was assumed' using errcode = 'CK001';
    end if;
    return true;
end
$$;

create table products (
    id         uuid   not null constraint products_id primary key,
    writes     bigint not null constraint products_writes check (writes >= 1),
    events     bigint not null constraint products_events check (events >= 0),
    title      text   not null,
    status     text   not null constraint products_status check (status in ('draft', 'active', 'archived')),
    attributes jsonb  not null,
    document   text   not null
);

-- For people and hosts: `where attributes @> '[{"options": {"Size": "S"}}]'`.
create index products_attributes on products using gin (attributes jsonb_path_ops);

create view variants (sku, product, place, title, options, stock, weight_grams) as
select v.variant ->> 'sku', p.id, v.place - 1, p.title, v.variant -> 'option_values', v.variant ->> 'stock',
    (v.variant ->> 'weight_grams')::bigint
from products p, jsonb_array_elements(p.document::jsonb -> 'variants') with ordinality v (variant, place);

create view prices (sku, market, amount, currency, unit_quantity, product) as
select v.variant ->> 'sku', r.price ->> 'market', (r.price #>> '{amount,amount}')::numeric,
    r.price #>> '{amount,currency}', (r.price ->> 'unit_quantity')::bigint, p.id
from products p, jsonb_array_elements(p.document::jsonb -> 'variants') v (variant),
    jsonb_array_elements(v.variant -> 'prices') r (price);

create table promotions (
    id       uuid   not null constraint promotions_id primary key,
    writes   bigint not null constraint promotions_writes check (writes >= 1),
    events   bigint not null constraint promotions_events check (events >= 0),
    name     text   not null,
    code     text   collate "C",
    status   text   not null,
    document text   not null
);

create index promotions_open on promotions (id) where code is null;

create table customers (
    id       uuid   not null constraint customers_id primary key,
    writes   bigint not null constraint customers_writes check (writes >= 1),
    events   bigint not null constraint customers_events check (events >= 0),
    email    text   collate "C" not null,
    name     text   not null,
    document text   not null
);

-- Names that only one thing may have; the owner is a product, promotion, customer or order.
create table names (
    kind  text collate "C" not null
        constraint names_kind check (kind in ('sku', 'coupon', 'email', 'order_number')),
    name  text collate "C" not null,
    owner uuid not null,
    constraint names_name primary key (kind, name)
);

create table stock_levels (
    sku          text   collate "C" not null,
    location     text   collate "C" not null,
    on_hand      bigint not null constraint stock_on_hand check (on_hand >= 0),
    reserved     bigint not null constraint stock_reserved check (reserved >= 0),
    committed    bigint not null constraint stock_committed check (committed >= 0),
    safety       bigint not null constraint stock_safety check (safety >= 0),
    low_stock_at bigint not null constraint stock_low_stock_at check (low_stock_at >= 0),
    backorder    text   not null constraint stock_backorder check (backorder in ('denied', 'allowed')),
    movements    bigint not null constraint stock_movements_count check (movements >= 0),
    events       bigint not null constraint stock_events check (events >= 0),
    constraint stock_levels_key primary key (sku, location),
    constraint stock_never_oversold check (backorder = 'allowed' or reserved + committed <= on_hand)
) with (fillfactor = 50);

-- The ledger. It only grows, and the sum of its changes is what is on hand.
create table stock_movements (
    sku      text        collate "C" not null,
    location text        collate "C" not null,
    number   bigint      not null constraint movements_number check (number >= 1),
    change   bigint      not null,
    reason   text        not null,
    at       timestamptz not null,
    constraint stock_movements_key primary key (sku, location, number)
);

-- Held by a cart until a time, or by a checkout without one. The lines are JSON.
create table reservations (
    id       uuid        not null constraint reservations_id primary key,
    cart     uuid,
    until    timestamptz,
    checkout uuid,
    state    text        not null
        constraint reservations_state check (state in ('held', 'committed', 'released')),
    why      text
        constraint reservations_why check (why in ('expired', 'replaced', 'turned_back', 'asked')),
    lines    text        not null,
    made_at  timestamptz not null,
    constraint reservations_holder check ((cart is null) = (checkout is not null)),
    constraint reservations_until check ((cart is null) = (until is null)),
    constraint reservations_released check ((state = 'released') = (why is not null))
) with (fillfactor = 90);

create index reservations_expiring on reservations (until, id) where state = 'held' and until is not null;

-- What is over is found by its age, to be forgotten. Reservations lie in the order in which they were made, so a summary
-- for each few pages is enough, and writing one costs next to nothing.
create index reservations_over on reservations using brin (made_at) with (autosummarize = on);

create view reservation_lines (reservation, state, sku, location, units) as
select r.id, r.state, l.line ->> 'sku', l.line ->> 'location', (l.line ->> 'units')::bigint
from reservations r, jsonb_array_elements(r.lines::jsonb) l (line);

create table counters (
    counter text   collate "C" not null constraint counters_counter primary key,
    held    bigint not null constraint counters_held check (held >= 0),
    used    bigint not null constraint counters_used check (used >= 0)
) with (fillfactor = 50);

create table counter_holds (
    counter text   collate "C" not null,
    holder  uuid   not null,
    amount  bigint not null constraint counter_holds_amount check (amount >= 0),
    state   text   not null constraint counter_holds_state check (state in ('held', 'settled')),
    constraint counter_holds_key primary key (counter, holder)
);

create table carts (
    id         uuid        not null constraint carts_id primary key,
    writes     bigint      not null constraint carts_writes check (writes >= 1),
    events     bigint      not null constraint carts_events check (events = 0),
    customer   uuid,
    changed_at timestamptz not null,
    document   text        not null
) with (fillfactor = 70);

create index carts_by_change on carts (changed_at);

create table orders (
    id        uuid        not null constraint orders_id primary key,
    writes    bigint      not null constraint orders_writes check (writes >= 1),
    events    bigint      not null constraint orders_events check (events >= 0),
    number    text        collate "C" not null,
    customer  uuid,
    placed_at timestamptz not null,
    document  text        not null
);

create index orders_by_number on orders (number);
create index orders_by_customer on orders (customer, id) where customer is not null;

create view order_lines (order_id, line, sku, title, quantity, total, currency) as
select o.id, l.line ->> 'line', l.line ->> 'sku', l.line ->> 'title', (l.line ->> 'quantity')::bigint,
    (l.line #>> '{total,amount}')::numeric, l.line #>> '{total,currency}'
from orders o, jsonb_array_elements(o.document::jsonb #> '{quote,lines}') l (line);

create table payments (
    id       uuid   not null constraint payments_id primary key,
    writes   bigint not null constraint payments_writes check (writes >= 1),
    events   bigint not null constraint payments_events check (events >= 0),
    checkout uuid   not null,
    document text   not null
);

create index payments_by_checkout on payments (checkout, id);

-- Every movement of money, one a line.
create view transactions (payment, kind, amount, currency, at, refund) as
with payment as (select id, document::jsonb as document from payments)
select id, 'authorized', (document #>> '{authorized,amount}')::numeric, document #>> '{authorized,currency}',
    (document ->> 'authorized_at')::timestamptz, null
from payment
union all
select id, 'captured', (document #>> '{captured,amount}')::numeric, document #>> '{captured,currency}',
    (document ->> 'captured_at')::timestamptz, null
from payment where document ->> 'captured_at' is not null
union all
select id, 'voided', (document #>> '{authorized,amount}')::numeric, document #>> '{authorized,currency}',
    (document ->> 'voided_at')::timestamptz, null
from payment where document ->> 'voided_at' is not null
union all
select p.id, 'refund_' || (r.refund #>> '{state,kind}'), (r.refund #>> '{amount,amount}')::numeric,
    r.refund #>> '{amount,currency}', (r.refund #>> '{state,at}')::timestamptz, r.refund ->> 'id'
from payment p, jsonb_array_elements(p.document -> 'refunds') r (refund);

create table sagas (
    id       uuid   not null constraint sagas_id primary key,
    writes   bigint not null constraint sagas_writes check (writes >= 1),
    events   bigint not null constraint sagas_events check (events >= 0),
    kind     text   not null,
    status   text   not null
        constraint sagas_status check (status in ('running', 'turning_back', 'completed', 'turned_back')),
    due_at     timestamptz,
    over_since timestamptz,
    document   text not null
) with (fillfactor = 70);

create index sagas_due on sagas (due_at, id) where due_at is not null;
create index sagas_over on sagas (over_since) where over_since is not null;

create table signals (
    saga     uuid    not null constraint signals_saga primary key,
    writes   bigint  not null constraint signals_writes check (writes >= 1),
    events   bigint  not null constraint signals_events check (events >= 0),
    pending  boolean not null,
    document text    not null
);

create index signals_pending on signals (saga) where pending;

-- Events. The aggregate begins with a digit that sorts its kinds as the engine does; the place is the order in which
-- they came, as far as there is one.
create table outbox (
    aggregate    text        collate "C" not null,
    number       bigint      not null constraint outbox_number check (number >= 1),
    place        bigint      not null generated always as identity,
    type         text        not null,
    at           timestamptz not null,
    attempts     bigint      not null constraint outbox_attempts check (attempts >= 0),
    retry_at     timestamptz,
    delivered_at timestamptz,
    last_error   text,
    event        text        not null,
    constraint outbox_key primary key (aggregate, number)
);

create index outbox_undelivered on outbox (place) where delivered_at is null;
create index outbox_waiting on outbox (aggregate, number) where delivered_at is null and retry_at is not null;
create index outbox_delivered on outbox (delivered_at) where delivered_at is not null;
