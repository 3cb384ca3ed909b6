//! What every store and every payment gateway has to do, as rules with sentences for names.
//!
//! A store proves itself in one line of a test file; each rule becomes a test with a fresh store:
//!
//! ```
//! # use commerce_core::memory::{MemoryCarts, MemoryStore};
//! # use std::sync::Arc;
//! commerce_testkit::store_conformance!(|| async { Arc::new(MemoryStore::new()) });
//! commerce_testkit::cart_store_conformance!(|| async { Arc::new(MemoryCarts::new()) });
//! ```
//!
//! The tests of two stores go into two modules. A store that needs a runtime of its own names a runner as well,
//! anything that takes a future and runs it to its end:
//! `store_conformance!(empty_database, |rule| runtime().block_on(rule))`.

pub mod change_sets;
pub mod names;

pub mod catalog;
pub mod customers;

pub mod counters;
pub mod inventory;
pub mod reservations;

pub mod orders;
pub mod payments;

pub mod sagas;

pub mod outbox;

pub mod retention;

pub mod pages;

pub mod concurrency;

pub mod model;

pub mod carts;

pub mod tenders;

pub mod collections;

pub mod tables;

mod answers;
mod runner;
mod sandbox;

pub use runner::block_on;
pub use sandbox::{Moved, Sandbox};

use commerce_core::storage::StoreError;

/// What a rule answers: `Err` when the store failed where it must not. A rule that is broken panics.
pub type Kept = Result<(), StoreError>;

/// Makes one test of each rule for stores. The factory is called for each and answers an `Arc` of an empty store.
#[macro_export]
macro_rules! store_conformance {
    ($factory:expr) => {
        $crate::store_conformance!($factory, $crate::conformance::block_on);
    };
    ($factory:expr, $runner:expr) => {
        $crate::conformance_tests! { ($factory) ($runner) (dyn $crate::commerce_core::storage::Store)
            change_sets {
                a_new_record_is_at_version_one
                an_order_is_written_once
                a_stale_version_conflicts
                a_record_that_is_not_there_cannot_be_replaced
                what_one_write_leaves_is_what_the_next_one_finds
                an_empty_change_set_changes_nothing
                every_reader_sees_what_was_committed
                a_refused_change_set_writes_nothing
                a_conflicting_change_set_writes_nothing
            }
            names {
                a_name_has_one_owner
                a_name_claimed_twice_by_its_owner_is_claimed_once
                a_name_given_up_can_be_claimed_again
                only_its_owner_gives_a_name_up
                names_of_two_kinds_never_meet
            }
            catalog {
                listings_answer_in_the_order_asked
                a_listing_is_the_variant_as_it_is_now
                offers_are_the_open_promotions_and_the_one_with_the_code
                a_promotion_that_gets_a_code_is_no_longer_open
            }
            customers {
                a_customer_is_found_by_the_address_of_today
            }
            inventory {
                a_delivery_and_a_count_set_what_is_on_hand
                a_first_count_is_once_and_never_takes_a_delivery_back
                a_transfer_moves_unpromised_units
                a_transfer_to_the_same_place_is_refused
                sold_units_are_shipped_given_back_or_returned
                every_movement_folds_to_the_level
                safety_stock_is_not_sold
                backorder_promises_more_but_ships_nothing_that_is_not_there
                a_level_that_cannot_change_like_that_is_refused
                levels_answer_by_key_and_pass_over_the_unknown
            }
            reservations {
                a_reservation_holds_all_of_its_lines
                a_shortage_names_everything_that_is_short
                two_lines_of_one_sku_are_judged_together
                one_location_is_taken_where_one_suffices
                units_are_split_only_where_that_is_allowed
                the_same_reservation_id_reserves_once
                a_reused_reservation_id_is_refused
                a_demand_for_nothing_is_corrupt
                release_and_reserve_in_one_set_see_each_other
                an_expired_hold_goes_back_but_an_adopted_one_never_does
                a_changed_cart_does_not_give_back_what_its_checkout_holds
                a_hold_that_is_not_over_is_passed_over
                a_hold_is_adopted_by_the_checkout_of_its_cart
                only_the_checkout_that_holds_it_sells_it
                what_is_given_back_twice_is_given_back_once
                what_is_sold_is_not_given_back
                made_up_lines_are_corrupt
                an_unknown_reservation_is_refused
                expired_holds_come_the_longest_expired_first
            }
            counters {
                a_used_up_counter_refuses
                a_hold_counts_once_however_often_it_is_asked_for
                what_is_settled_stays_used
                what_is_given_back_can_be_held_again
                nothing_held_cannot_be_settled
            }
            orders {
                an_order_is_found_by_its_number
                orders_of_a_customer_are_theirs_alone
            }
            payments {
                payments_of_a_checkout_come_by_id
            }
            sagas {
                due_sagas_come_by_time_and_leased_ones_later
                a_pending_signal_makes_a_saga_due
                a_saga_that_has_ended_is_never_due
                no_more_sagas_are_due_than_asked_for
                a_signal_and_its_saga_never_conflict
            }
            outbox {
                events_are_numbered_without_a_gap
                a_refused_change_set_uses_up_no_number
                an_event_needs_its_aggregate_beside_it
                a_delivered_event_never_comes_again
                a_claimed_event_is_left_out_until_its_claim_ends
                an_event_behind_a_failed_one_waits
                whoever_saw_another_count_of_attempts_is_too_late
                an_event_that_never_was_cannot_be_delivered
                no_more_events_come_than_asked_for
                stock_that_becomes_low_or_comes_back_says_so_once
                what_comes_and_goes_in_one_set_says_nothing
            }
            retention {
                sagas_that_are_over_come_by_their_age
                a_saga_that_is_not_over_stays
                a_saga_is_forgotten_at_the_version_that_was_read
                a_forgotten_saga_leaves_nothing
                what_is_forgotten_is_gone_for_the_next_write
                only_a_reservation_that_is_over_is_forgotten
                the_id_of_a_forgotten_reservation_is_free
                only_a_delivered_event_is_forgotten
                an_event_is_not_forgotten_before_the_one_before_it
                numbers_go_on_after_forgotten_events
                a_saga_outlives_its_events
                what_is_forgotten_twice_is_forgotten_once
                a_refused_change_set_forgets_nothing
            }
            pages {
                pages_follow_keys
                a_page_begins_after_a_key_that_is_not_there
                orders_of_a_customer_come_in_pages
            }
            concurrency {
                n_buyers_get_m_units
                a_rush_is_served_to_the_last_unit
                of_two_writers_of_one_version_one_wins
                a_name_claimed_by_many_has_one_owner
                a_limit_holds_however_many_come_at_once
            }
            model {
                it_answers_as_the_store_in_memory_does
            }
        }
    };
}

/// Makes one test of each rule for cart stores. The factory is called for each and answers an `Arc` of an empty one.
#[macro_export]
macro_rules! cart_store_conformance {
    ($factory:expr) => {
        $crate::cart_store_conformance!($factory, $crate::conformance::block_on);
    };
    ($factory:expr, $runner:expr) => {
        $crate::conformance_tests! { ($factory) ($runner) (dyn $crate::commerce_core::storage::CartStore)
            carts {
                a_cart_comes_back_as_it_was_put
                a_cart_is_written_once
                a_stale_cart_conflicts
                a_cart_that_is_not_there_cannot_be_replaced
                of_two_writers_of_one_cart_one_wins
                carts_come_in_pages
                carts_that_nobody_changes_are_forgotten
                a_cart_is_kept_from_its_latest_change_on
                a_forgotten_cart_cannot_be_written_over
            }
        }
    };
}

/// Makes one test of each rule for payment gateways. The factory is called for each and answers an `Arc` of a
/// [`Sandbox`](crate::conformance::Sandbox).
///
/// The rules send requests twice, at once, in the wrong order and again after their replies were lost, and compare
/// what the gateway answers with what the other side's books say.
///
/// ```
/// # use commerce_core::memory::TestGateway;
/// # use std::sync::Arc;
/// commerce_testkit::payment_gateway_conformance!(|| async { Arc::new(TestGateway::new()) });
/// ```
#[macro_export]
macro_rules! payment_gateway_conformance {
    ($factory:expr) => {
        $crate::payment_gateway_conformance!($factory, $crate::conformance::block_on);
    };
    ($factory:expr, $runner:expr) => {
        $crate::conformance_tests! { ($factory) ($runner) (dyn $crate::conformance::Sandbox)
            tenders {
                money_is_promised
                a_repeated_request_is_one_request
                a_request_sent_at_once_is_one_request
                a_reused_key_is_rejected
                another_key_is_another_request
                a_lost_reply_costs_nobody_anything
                a_decline_is_an_answer
                a_sale_is_collected_at_once
                an_unknown_key_is_not_found
                a_lookup_answers_what_the_request_was_answered
                keys_are_remembered_for_some_hours
            }
            collections {
                promised_money_is_collected_once
                collected_money_is_not_collected_again
                money_that_was_never_promised_is_not_collected
                a_promise_is_given_up_once
                a_void_after_the_capture_says_so
                of_a_capture_and_a_void_one_wins
                collected_money_is_given_back_once
                money_that_was_not_collected_is_not_given_back
                a_rejected_request_is_not_found
            }
        }
    };
}

/// Makes the tests that the macros above name.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($factory:tt $runner:tt $port:tt $($group:ident { $($rule:ident)* })*) => {$(
        mod $group {
            #[allow(unused_imports)]
            use super::*;
            $($crate::conformance_tests! { @one $factory $runner $port $group $rule })*
        }
    )*};
    (@one ($factory:expr) ($runner:expr) ($port:ty) $group:ident $rule:ident) => {
        #[test]
        fn $rule() {
            ($runner)(async {
                let port: ::std::sync::Arc<$port> = ($factory)().await;
                if let Err(error) = $crate::conformance::$group::$rule(&*port).await {
                    panic!("it failed where it must not: {error:?}");
                }
            });
        }
    };
}
