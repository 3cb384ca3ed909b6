-- What is written twice in a checkout leaves room for its second version on the same page, and none of its indexed
-- columns changes with it: so the indexes are written once. That a hold has ended was such a change, for its state was
-- part of an index; now only a hold that can expire is in one.
alter table reservations
    add column expires_at timestamptz generated always as (case when state = 'held' then until end) stored;
drop index reservations_expiring;
create index reservations_expiring on reservations (expires_at, id) where expires_at is not null;
alter table reservations set (fillfactor = 50);
alter table payments set (fillfactor = 50);

-- The number of an order is a name, and the name says whose it is.
drop index orders_by_number;

-- Long documents are packed in a fraction of the time, where the server was built for it.
do $$
begin
    alter table products alter column document set compression lz4;
    alter table carts alter column document set compression lz4;
    alter table orders alter column document set compression lz4;
    alter table sagas alter column document set compression lz4;
exception
    when feature_not_supported then null;
end
$$;
