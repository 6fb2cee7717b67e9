//! A network of the test's own: a namespace that ends with the test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::process::Command;

/// Set in the process that lives in the namespace.
const INSIDE: &str = "SIDETONE_TEST_NAMESPACE";

/// Runs the test named `name` of the file that asks again, in namespaces for network and mounts; says whether this is that run.
pub fn inside_a_namespace(name: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        ip("link set lo up");
        return true;
    }
    let unshare = |what: &[&std::ffi::OsStr]| {
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "--map-root-user", "--kill-child"]).args(what).env(INSIDE, "1");
        command
    };
    match unshare(&["ip".as_ref(), "link".as_ref()]).output() {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            eprintln!("skipped: no namespace: {}", String::from_utf8_lossy(&output.stderr).trim());
            return false;
        }
        Err(error) => {
            eprintln!("skipped: no unshare: {error}");
            return false;
        }
    }
    let this = std::env::current_exe().unwrap();
    let output = unshare(&[this.as_os_str(), "--exact".as_ref(), name.as_ref(), "--nocapture".as_ref()])
        .output()
        .unwrap();
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
    assert!(said(&output.stdout).contains("1 passed"), "{}", said(&output.stdout));
    false
}

/// Runs `ip` with these arguments.
pub fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Shows `file` in the place of `over`, in this namespace alone.
pub fn mount(file: &std::path::Path, over: &str) {
    let status = Command::new("mount").arg("--bind").arg(file).arg(over).status().unwrap();
    assert!(status.success(), "nothing can be mounted over {over}");
}
