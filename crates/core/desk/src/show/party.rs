//! The other party as it may be shown: with sensitive-data protection, the last four digits only (OFFER-2).

use crate::config::Config;
use crate::input::Party;
use crate::pii::Pii;
use crate::view::PartyView;

/// How many digits protection leaves to be seen.
const DIGITS_SHOWN: usize = 4;
/// A name with this many digits is a number in disguise.
const DIGITS_OF_A_NUMBER: usize = 5;

/// The party, masked where the admin wants that (OFFER-2). For whoever shows parties beside the desk, such as the
/// history.
pub fn party(config: &Config, party: &Pii<Party>) -> PartyView {
    let (name, number) = (&party.reveal().name, party.reveal().number.reveal());
    let name = name.as_ref().map(|name| name.reveal().as_str());
    if !config.mask_numbers {
        return PartyView { name: name.map(str::to_owned), number: number.clone() };
    }
    let name = name
        .map(|name| if digits(name).count() < DIGITS_OF_A_NUMBER { name.to_owned() } else { masked(name) });
    PartyView { name, number: masked(number) }
}

fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(char::is_ascii_digit)
}

/// A number or address as sensitive-data protection shows it (OFFER-2): `…1234`. For whoever shows numbers beside the
/// desk, such as the history.
///
/// Only the user part counts: a host's digits are no caller's number. Where there are four or fewer, showing them
/// would show all, so that is `…`.
pub fn masked(number: &str) -> String {
    let user = number.split('@').next().unwrap_or_default();
    let digits: Vec<char> = digits(user).collect();
    let hidden = digits.len().saturating_sub(DIGITS_SHOWN);
    if hidden == 0 {
        "…".to_owned()
    } else {
        std::iter::once('…').chain(digits[hidden..].iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: Option<&str>, number: &str) -> PartyView {
        let config = Config { mask_numbers: true, ..Config::default() };
        let name = name.map(|name| Pii::new(name.to_owned()));
        party(&config, &Pii::new(Party { name, number: Pii::new(number.to_owned()) }))
    }

    #[test]
    fn offer_2_only_the_last_four_digits_show() {
        assert_eq!(
            shown(Some("Ada"), "+1 555 123 4567"),
            PartyView { name: Some("Ada".into()), number: "…4567".into() }
        );
        assert_eq!(shown(None, "+15551234567@10.0.0.99").number, "…4567");
    }

    #[test]
    fn offer_2_a_short_number_and_a_number_for_a_name_do_not_slip_through() {
        assert_eq!(shown(None, "1234").number, "…");
        assert_eq!(shown(None, "ada@example.org").number, "…");
        assert_eq!(shown(Some("+15551234567"), "1").name, Some("…4567".into()));
    }
}
