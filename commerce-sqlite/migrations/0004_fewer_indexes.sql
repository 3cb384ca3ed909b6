-- The number of an order is a name, and the name says whose it is.
drop index orders_by_number;
