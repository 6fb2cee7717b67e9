//! In which order SRV records are tried (RFC 2782): by priority, and within one by chance, weighted.

use crate::{api::Srv, tokens::Tokens};

/// Orders them.
pub(super) fn by_priority_and_weight(mut records: Vec<Srv>, tokens: &mut Tokens) -> Vec<Srv> {
    // Those without weight come first, so that they have some small chance to be taken first.
    records.sort_by(|a, b| {
        (a.priority, a.weight, &a.target, a.port).cmp(&(b.priority, b.weight, &b.target, b.port))
    });
    let mut ordered = Vec::with_capacity(records.len());
    while let Some(first) = records.first() {
        let priority = first.priority;
        let alike = records.iter().take_while(|record| record.priority == priority);
        let total: u32 = alike.clone().map(|record| u32::from(record.weight)).sum();
        let drawn = tokens.number_to(total);
        let mut sum = 0;
        let taken = alike.map(|record| {
            sum += u32::from(record.weight);
            sum
        });
        let taken = taken.take_while(|sum| *sum < drawn).count();
        ordered.push(records.remove(taken));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, weight: u16, target: &str) -> Srv {
        Srv { priority, weight, port: 5060, target: target.to_owned() }
    }

    #[test]
    fn lower_priorities_come_first() {
        let mut tokens = Tokens::new([1; 32]);
        let records = vec![srv(20, 9, "c"), srv(10, 0, "a"), srv(15, 1, "b")];
        let ordered: Vec<_> =
            by_priority_and_weight(records, &mut tokens).into_iter().map(|srv| srv.target).collect();
        assert_eq!(ordered, ["a", "b", "c"]);
    }

    #[test]
    fn weights_share_the_first_place() {
        let mut tokens = Tokens::new([1; 32]);
        let mut firsts = std::collections::BTreeMap::new();
        for _ in 0..10_000 {
            let records = vec![srv(1, 60, "a"), srv(1, 30, "b"), srv(1, 10, "c"), srv(1, 0, "d")];
            let ordered = by_priority_and_weight(records, &mut tokens);
            assert_eq!(ordered.len(), 4);
            *firsts.entry(ordered[0].target.clone()).or_insert(0) += 1;
        }
        assert!((5_500..6_500).contains(&firsts["a"]), "{firsts:?}");
        assert!((2_500..3_500).contains(&firsts["b"]), "{firsts:?}");
        assert!((600..1_400).contains(&firsts["c"]), "{firsts:?}");
        assert!(firsts.get("d").is_some_and(|count| *count < 400), "{firsts:?}");
    }
}
