-- A variant may have several prices in a market, and a person who reads them wants to know which is for whom.

drop view prices;

create view prices (
    sku, market, amount, currency, unit_quantity, from_quantity, compare_at, floor, list, priority, customer_group,
    starts_at, ends_at, product
) as
select v.value ->> 'sku', r.value ->> 'market', r.value ->> '$.amount.amount', r.value ->> '$.amount.currency',
    r.value ->> 'unit_quantity', coalesce(r.value ->> 'from_quantity', 1), r.value ->> '$.compare_at.amount',
    r.value ->> '$.floor.amount', r.value ->> '$.list.code', r.value ->> '$.list.priority', r.value ->> '$.list.group',
    r.value ->> '$.list.starts_at', r.value ->> '$.list.ends_at', p.id
from products p, json_each(p.document, '$.variants') v, json_each(v.value, '$.prices') r;

-- What a piece has cost everybody, and since when; no amount while it was not sold.
create view price_history (sku, market, since, amount, currency, unit_quantity, product) as
select v.value ->> 'sku', h.value ->> 'market', h.value ->> 'since', h.value ->> '$.price.amount.amount',
    h.value ->> '$.price.amount.currency', h.value ->> '$.price.unit_quantity', p.id
from products p, json_each(p.document, '$.variants') v, json_each(v.value, '$.price_history.lines') h;

create view kit_parts (sku, part, units, product) as
select v.value ->> 'sku', k.value ->> 'sku', k.value ->> 'units', p.id
from products p, json_each(p.document, '$.variants') v, json_each(v.value, '$.kit') k;

create view product_categories (category, product, title) as
select c.value, p.id, p.title from products p, json_each(p.document, '$.categories') c;
