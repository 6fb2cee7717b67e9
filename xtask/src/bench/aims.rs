//! What we aim at, and whether a run reached it.

use super::figures::{Figure, Figures};
use super::phone::Make;

/// One aim with its verdict.
pub(super) struct Verdict {
    pub(super) aim: &'static str,
    /// `None` when it could not be measured.
    pub(super) met: Option<bool>,
    pub(super) detail: String,
}

/// What a median must not exceed.
#[derive(Clone, Copy)]
enum Bound {
    /// This.
    Value(f64),
    /// So many times baresip's.
    TimesBaresip(f64),
}

const AIMS: [(&str, Figure, Bound); 4] = [
    ("180 within 2 ms", Figure::To180, Bound::Value(2.0)),
    ("in a call within 30 MB resident", Figure::CallResident, Bound::Value(30.0)),
    ("processor within 2 times baresip's", Figure::Processor, Bound::TimesBaresip(2.0)),
    ("delay within baresip's", Figure::Delay, Bound::TimesBaresip(1.0)),
];

/// Every aim, judged by medians.
pub(super) fn judge(figures: &Figures) -> Vec<Verdict> {
    AIMS.iter().map(|(aim, figure, bound)| verdict(figures, aim, *figure, *bound)).collect()
}

fn verdict(figures: &Figures, aim: &'static str, figure: Figure, bound: Bound) -> Verdict {
    let ours = figures.of(figure, Make::Sidetone).map(|range| range.median);
    let most = match bound {
        Bound::Value(value) => Some(value),
        Bound::TimesBaresip(times) => figures.of(figure, Make::Baresip).map(|range| range.median * times),
    };
    match (ours, most) {
        (Some(ours), Some(most)) => {
            Verdict { aim, met: Some(ours <= most), detail: format!("{ours:.2}, at most {most:.2}") }
        }
        _ => Verdict { aim, met: None, detail: "not measured".to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_is_met_missed_or_not_measured() {
        let mut figures = Figures::default();
        let met = |figures: &Figures| judge(figures).iter().map(|it| it.met).collect::<Vec<_>>();
        assert_eq!(met(&figures), [None; 4]);
        figures.add(Figure::To180, Make::Sidetone, 1.5);
        figures.add(Figure::Processor, Make::Sidetone, 4.1);
        figures.add(Figure::Processor, Make::Baresip, 2.0);
        figures.add(Figure::Delay, Make::Sidetone, 80.0);
        assert_eq!(met(&figures), [Some(true), None, Some(false), None]);
    }
}
