-- A variant may have several prices in a market, and a person who reads them wants to know which is for whom.

drop view prices;

create view prices (
    sku, market, amount, currency, unit_quantity, from_quantity, compare_at, floor, list, priority, customer_group,
    starts_at, ends_at, product
) as
select v.variant ->> 'sku', r.price ->> 'market', (r.price #>> '{amount,amount}')::numeric,
    r.price #>> '{amount,currency}', (r.price ->> 'unit_quantity')::bigint,
    coalesce((r.price ->> 'from_quantity')::bigint, 1), (r.price #>> '{compare_at,amount}')::numeric,
    (r.price #>> '{floor,amount}')::numeric, r.price #>> '{list,code}', (r.price #>> '{list,priority}')::bigint,
    r.price #>> '{list,group}', (r.price #>> '{list,starts_at}')::timestamptz,
    (r.price #>> '{list,ends_at}')::timestamptz, p.id
from products p, jsonb_array_elements(p.document::jsonb -> 'variants') v (variant),
    jsonb_array_elements(v.variant -> 'prices') r (price);

-- What a piece has cost everybody, and since when; no amount while it was not sold.
create view price_history (sku, market, since, amount, currency, unit_quantity, product) as
select v.variant ->> 'sku', h.line ->> 'market', (h.line ->> 'since')::timestamptz,
    (h.line #>> '{price,amount,amount}')::numeric, h.line #>> '{price,amount,currency}',
    (h.line #>> '{price,unit_quantity}')::bigint, p.id
from products p, jsonb_array_elements(p.document::jsonb -> 'variants') v (variant),
    jsonb_array_elements(v.variant #> '{price_history,lines}') h (line);

create view kit_parts (sku, part, units, product) as
select v.variant ->> 'sku', k.part ->> 'sku', (k.part ->> 'units')::bigint, p.id
from products p, jsonb_array_elements(p.document::jsonb -> 'variants') v (variant),
    jsonb_array_elements(v.variant -> 'kit') k (part);

create view product_categories (category, product, title) as
select c.category, p.id, p.title
from products p, jsonb_array_elements_text(p.document::jsonb -> 'categories') c (category);
