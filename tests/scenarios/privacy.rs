//! No number, name or secret reaches a log: neither what the engine gives out to be logged, nor its `Debug`.

use crate::story::Story;
use sidetone_desk::command::Command;

#[test]
fn privacy_no_number_name_note_or_password_can_be_printed_by_accident() {
    let mut story = Story::available();
    let (customer, id) = story.customer_talks("Ada Lovelace", "+15550142");
    story.command(Command::WriteNotes { contact: id, notes: "owes us 99 euros".into() });
    story.command(Command::Key { contact: id, key: '7' });
    story.customer_hangs_up(&customer);
    story.until("wrapping up", |story| story.row().ended_by.is_some());
    story.command(Command::SubmitWrapUp { contact: id });

    let desk = story.desk();
    let said: Vec<String> =
        desk.happened.iter().map(|(_, what)| serde_json::to_string(what).unwrap()).collect();
    let everything = format!("{}\n{:?}\n{said:?}", desk.logged, desk.media);
    for secret in ["Ada", "Lovelace", "5550142", "99 euros", "secret", "'7'"] {
        assert!(!everything.contains(secret), "{secret} in:\n{everything}");
    }
}
