//! How a way for the sound is found, on the command line.

use sidetone_phone::{Ice, IceMode, Relay, RelayServer, Secret, SipServer};

/// How a way for the sound is found. Without any of these it is as configured.
#[derive(Debug, clap::Args)]
pub(crate) struct Ways {
    /// Tell and try what else we may be reached at (ICE).
    #[arg(long)]
    ice: bool,
    /// A STUN server, HOST[:PORT]; again for another one.
    #[arg(long, value_name = "HOST", requires = "ice")]
    stun: Vec<SipServer>,
    /// A TURN server: HOST[:PORT], turn:HOST[:PORT]?transport=tcp or turns:HOST[:PORT].
    #[arg(long, value_name = "HOST", requires = "ice", requires = "turn_user")]
    turn: Option<RelayServer>,
    /// Our name there.
    #[arg(long, value_name = "NAME", requires = "turn")]
    turn_user: Option<String>,
    /// The environment variable that holds our password there.
    #[arg(long, value_name = "VAR", requires = "turn")]
    turn_password_env: Option<String>,
    /// Let nothing go another way than by the TURN server.
    #[arg(long, requires = "turn")]
    relay_only: bool,
}

impl Ways {
    /// `None`: as configured.
    pub(crate) fn ice(&self) -> Result<Option<Ice>, String> {
        if !self.ice {
            return Ok(None);
        }
        let password = self.turn_password_env.as_deref().map(|variable| {
            std::env::var(variable).map(Secret::new).map_err(|_| format!("the environment has no {variable}"))
        });
        let password = password.transpose()?;
        let turn = self.turn.clone().zip(self.turn_user.clone());
        let turn =
            turn.map(|(RelayServer(server), user)| Relay { server, user, password }).into_iter().collect();
        let mode = if self.relay_only { IceMode::RelayOnly } else { IceMode::Offer };
        Ok(Some(Ice { mode, stun: self.stun.clone(), turn }))
    }
}
