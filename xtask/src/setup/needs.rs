//! What is needed, for what, and what it is called where. Where a release calls it otherwise, names are tried in order.

use std::fmt;

/// For what something is needed. Each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Purpose {
    /// Compile the window and the phone.
    Build,
    /// Run the window without a display or sound device: on virtual ones.
    Lab,
    /// Run the tests, with other people's software.
    Test,
    /// Score how calls sound, with recordings of people.
    Listen,
}

impl fmt::Display for Purpose {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Build => "build",
            Self::Lab => "run on a virtual display and sound device",
            Self::Test => "test",
            Self::Listen => "score how calls sound",
        })
    }
}

/// One thing that must be on the machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// What it is, for people.
    pub(crate) what: &'static str,
    pub(crate) purpose: Purpose,
    /// A program that shows that it is there, however it was installed; empty for libraries.
    pub(crate) program: &'static str,
    /// Its names in Debian and Ubuntu, the newest release's first.
    pub(crate) apt: &'static [&'static str],
    /// Its name in Fedora, or a file that it brings; empty where Fedora has none.
    pub(crate) dnf: &'static str,
}

const fn library(what: &'static str, apt: &'static [&'static str], dnf: &'static str) -> Need {
    library_for(Purpose::Build, what, apt, dnf)
}

const fn library_for(
    purpose: Purpose,
    what: &'static str,
    apt: &'static [&'static str],
    dnf: &'static str,
) -> Need {
    Need { what, purpose, program: "", apt, dnf }
}

const fn program(
    purpose: Purpose,
    program: &'static str,
    apt: &'static [&'static str],
    dnf: &'static str,
) -> Need {
    Need { what: program, purpose, program, apt, dnf }
}

use Purpose::{Build, Lab, Listen, Test};

/// Everything, in the order in which it is first used.
pub(crate) const NEEDS: &[Need] = &[
    // build-essential is more than one compiler: it is looked for as a package.
    library("a C and C++ compiler with make", &["build-essential"], "gcc-c++"),
    program(Build, "pkg-config", &["pkgconf", "pkg-config"], "pkgconf-pkg-config"),
    program(Build, "cmake", &["cmake"], "cmake"),
    // The bindings to PipeWire are made with libclang.
    program(Build, "clang", &["clang"], "clang"),
    library("libclang", &["libclang-dev"], "clang-devel"),
    library("WebKitGTK 4.1", &["libwebkit2gtk-4.1-dev"], "webkit2gtk4.1-devel"),
    library("GTK 3", &["libgtk-3-dev"], "gtk3-devel"),
    library("ALSA", &["libasound2-dev"], "alsa-lib-devel"),
    library("PipeWire's library", &["libpipewire-0.3-dev"], "pipewire-devel"),
    library("SPA", &["libspa-0.2-dev"], "pipewire-devel"),
    library("D-Bus", &["libdbus-1-dev"], "dbus-devel"),
    program(Lab, "Xvfb", &["xvfb"], "/usr/bin/Xvfb"),
    program(Lab, "openbox", &["openbox"], "openbox"),
    program(Lab, "xprop", &["x11-utils"], "/usr/bin/xprop"),
    program(Lab, "WebKitWebDriver", &["webkit2gtk-driver"], "/usr/bin/WebKitWebDriver"),
    program(Lab, "import", &["imagemagick", "graphicsmagick-imagemagick-compat"], "ImageMagick"),
    // Fedora's PulseAudio and its PipeWire exclude each other: there the virtual headset is PipeWire's.
    program(Lab, "pulseaudio", &["pulseaudio"], ""),
    program(Lab, "pactl", &["pulseaudio-utils"], "pulseaudio-utils"),
    program(Lab, "dbus-daemon", &["dbus-daemon", "dbus"], "dbus-daemon"),
    program(Lab, "gnome-keyring-daemon", &["gnome-keyring"], "gnome-keyring"),
    program(Test, "pipewire", &["pipewire-bin", "pipewire"], "pipewire"),
    program(Test, "pipewire-pulse", &["pipewire-pulse"], "pipewire-pulseaudio"),
    program(Test, "wireplumber", &["wireplumber"], "wireplumber"),
    program(Test, "espeak-ng", &["espeak-ng"], "espeak-ng"),
    program(Test, "sox", &["sox"], "sox"),
    program(Test, "baresip", &["baresip"], "baresip"),
    program(Test, "sipp", &["sip-tester"], "sipp"),
    program(Test, "opusinfo", &["opus-tools"], "opus-tools"),
    program(Test, "kamailio", &["kamailio"], "kamailio"),
    // Fedora has it from elsewhere only.
    program(Test, "rtpengine", &["rtpengine-daemon", "rtpengine"], ""),
    program(Test, "turnserver", &["coturn"], "coturn"),
    program(Test, "tshark", &["tshark"], "wireshark-cli"),
    program(Test, "ffmpeg", &["ffmpeg"], "ffmpeg-free"),
    library_for(Test, "Kamailio's TLS", &["kamailio-tls-modules"], "kamailio-tls"),
    library_for(Test, "Kamailio's outbound", &["kamailio-outbound-modules"], "kamailio-outbound"),
    library_for(Test, "Kamailio's presence", &["kamailio-presence-modules"], "kamailio-presence"),
    library_for(Test, "Kamailio's WebSocket", &["kamailio-websocket-modules"], "kamailio-websocket"),
    // Addresses that come and go, in a network namespace.
    program(Test, "ip", &["iproute2"], "iproute"),
    program(Test, "unshare", &["util-linux"], "util-linux"),
    // NATs, in namespaces.
    program(Test, "nft", &["nftables"], "nftables"),
    program(Test, "xdotool", &["xdotool"], "xdotool"),
    program(Listen, "python3", &["python3"], "python3"),
    library_for(Listen, "Python's venv", &["python3-venv"], "python3"),
    library_for(Listen, "a woman's recordings", &["asterisk-core-sounds-en-g722"], ""),
    library_for(Listen, "a man's recordings", &["asterisk-core-sounds-it-g722"], ""),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::needs_for;

    #[test]
    fn testing_includes_building_and_building_needs_no_test_software() {
        let names = |purpose| needs_for(purpose).into_iter().map(|need| need.what).collect::<Vec<_>>();
        assert!(names(Build).contains(&"cmake") && !names(Build).contains(&"Xvfb"));
        assert!(names(Lab).contains(&"Xvfb") && !names(Lab).contains(&"baresip"));
        assert!(names(Test).contains(&"baresip") && !names(Test).contains(&"python3"));
        assert_eq!(names(Listen).len(), NEEDS.len());
    }

    #[test]
    fn everything_can_be_had_on_debian() {
        assert!(NEEDS.iter().all(|need| !need.apt.is_empty()));
    }
}
