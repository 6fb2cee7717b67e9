//! A call over a bad network (DIR-2): kept with how it sounded, and reported to a collector (sipp) by way of a proxy that asks
//! who we are (Kamailio), while the program ends: RFC 6035, each line held against the grammar and each figure against what
//! the network did.

use crate::rig::{Far, Kamailio, Sipp, account_at, aor, grammar, registered};
use sidetone_lab::impair::Network;
use sidetone_store::{Filter, HistoryQuery, Store};
use std::path::Path;
use std::time::Duration;

/// Two reports of either side, and what the last of them tells.
const TALK: Duration = Duration::from_secs(14);
const LOST_PERCENT: u8 = 10;

#[test]
fn dir_2_a_call_over_a_bad_network_is_kept_and_reported_as_the_program_ends() {
    let server = Kamailio::start();
    let mut collector =
        Sipp::start("uas-collecting", &["-m", "1", "-trace_msg", "-message_file", "/dev/stderr"]);
    let collecting = format!("sip:collector@127.0.0.1:{}", collector.port());
    let data = tempfile::tempdir().unwrap();
    let words = ["--report-to", &collecting, "--control", "--data", data.path().to_str().unwrap()];
    let mut ann = registered(account_at(&server, "ann", "customer-impatient", &words));
    let network = Network::Loss(LOST_PERCENT);
    let mut far = Far::answering(&server, "bob", network, |bob| ann.tell(&format!("call {bob}")));
    ann.event("connected");
    far.talk(TALK);
    ann.interrupt();
    assert_eq!(ann.ends(), Some(0));
    far.until_left();
    collector.succeeds();
    assert_kept(data.path());

    let said = collector.said();
    let lines = said.lines().map(str::trim_end).skip_while(|line| !line.starts_with("VQSessionReport"));
    let lines: Vec<&str> =
        lines.take_while(|line| line.contains(": ") || line.ends_with("Metrics:")).collect();
    let report = grammar::read(&lines);
    assert_eq!(report["LocalID"], format!("<{}>", aor("ann")));
    assert_eq!(report["OrigID"], report["LocalID"], "we called");
    assert!(!said.contains("bob@"), "who was called is not told");
    assert_eq!(
        (report["LocalGroup"].as_str(), report["LocalMetrics.SessionDesc.PD"].as_str()),
        ("proxy.test", "PCMU")
    );
    assert!(report["DialogID"].starts_with(&format!("{};to-tag=", report["CallID"])));

    let figure = |name: &str| report[name].parse::<f32>().unwrap();
    for side in ["LocalMetrics", "RemoteMetrics"] {
        let lost = figure(&format!("{side}.PacketLoss.NLR"));
        // 700 packets: three standard deviations are 3.4 percent.
        assert!((6.0..=14.0).contains(&lost), "{side}: {lost}");
        let gone = lost + figure(&format!("{side}.PacketLoss.JDR"));
        // By chance nearly everything lost is within 16 packets of something else that is.
        assert!(figure(&format!("{side}.BurstGapLoss.BLD")) >= gone * 0.8, "{side}: {report:?}");
        let (r, mos) =
            (figure(&format!("{side}.QualityEst.RCQ")), figure(&format!("{side}.QualityEst.MOSCQ")));
        assert!((40.0..90.0).contains(&r) && (2.0..4.2).contains(&mos), "{side}: {r}, {mos}");
        assert!(figure(&format!("{side}.Delay.RTD")) < 500.0, "on loopback");
    }
    assert!(figure("LocalMetrics.Delay.SOWD") < 500.0 && figure("LocalMetrics.QualityEst.MOSLQ") < 4.3);
    assert_eq!(report["LocalMetrics.Timestamps.STOP"], report["RemoteMetrics.Timestamps.STOP"]);
}

/// The one row of the history says how the call was, and why.
fn assert_kept(data: &Path) {
    let store = Store::open(&data.join("sidetone.db")).unwrap().store;
    let query = HistoryQuery { before: None, limit: 0, filter: Filter::All, text: String::new() };
    let rows = store.history(&query).unwrap().rows;
    let [row] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    let quality = row.quality.as_ref().unwrap();
    assert_eq!(quality.codec, "PCMU");
    assert!((6.0..=14.0).contains(&quality.loss_percent), "{quality:?}");
    assert!(quality.remote_loss_percent.is_some_and(|there| (3.0..=20.0).contains(&there)), "{quality:?}");
    assert!(quality.mos.is_some_and(|mos| (2.0..4.2).contains(&mos)), "{quality:?}");
    assert!(quality.delay_ms.is_some_and(|ms| ms < 500.0), "{quality:?}");
    let problem = quality.problem.as_ref().map(|(word, seconds)| (word.as_str(), *seconds));
    assert!(matches!(problem, Some(("network_drops", 3..))), "{quality:?}");
}
