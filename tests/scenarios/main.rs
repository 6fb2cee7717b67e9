//! Stories in virtual time: a whole phone (user agent, desk and what joins them) against a server with customers, over
//! links that delay. One story a file, named for what happens. A story that fails prints its SIP ladder.

// Clippy spares test functions only; what they are told with may fail as loudly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod by_hand;
mod dialogs;
mod story;

mod abandoned_while_ringing;
mod accepted_and_wrapped_up;
mod answered_elsewhere;
mod asked_by_the_server;
mod beside_the_talk;
mod changed_by_them;
mod crashed_in_a_call;
mod crossing;
mod declined;
mod early_media;
mod encrypted;
mod glare_of_a_hold;
mod held_and_resumed;
mod hung_up_by_either_side;
mod in_another_network;
mod late_offer_answered;
mod late_offer_never_answered;
mod leaving_tls;
mod looking_for_a_way;
mod loses_a_third;
mod missed_to_rona;
mod no_common_codec;
mod one_change_at_a_time;
mod outgoing;
mod privacy;
mod registration_lost_and_back;
mod reported_to_a_collector;
mod sent_to_call_somebody;
mod silent_for_a_minute;
mod sockets_too_late;
mod taken_over_by_somebody_else;
mod two_customers_at_once;
mod what_a_call_says;
mod whispered_before_it_is_taken;
mod with_a_number_of_their_own;
mod wrap_up_expiring;
