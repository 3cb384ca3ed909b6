-- What is over is found by its age, so that it can be forgotten. Each index has only rows that are over; they come to it
-- in the order of time, so it grows at its end.

-- Since when a saga has ended for good: nothing wants to look at it once more.
alter table sagas add column over_since text;

-- Times in documents have as many digits behind the second as they need.
update sagas set over_since = (
    select substr(ended, 1, 19) || '.' || substr(rtrim(substr(ended, 21), 'Z') || '000000000', 1, 9) || 'Z'
    from (select document ->> 'ended_at' as ended)
) where status in ('completed', 'turned_back') and due_at is null;

create index sagas_over on sagas (over_since) where over_since is not null;
create index reservations_over on reservations (made_at) where state <> 'held';
create index outbox_delivered on outbox (delivered_at, aggregate, number) where delivered_at is not null;

-- Every cart may be forgotten one day.
create index carts_by_change on carts (changed_at);
