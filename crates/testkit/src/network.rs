//! A network of a test's own that loses packets: the loopback interface of a new network namespace, where
//! a program in the kernel drops what arrives by chance (`cls_bpf`, which most kernels have; fewer have netem, and fewer
//! machines iptables). It takes `unshare` and `tc`, and no rights where people may make namespaces.

use anyhow::{Context, ensure};
use std::{env, ffi::OsString, fs, net::Ipv4Addr, process::Command};

/// A test that has it may be inside only. Dropped with the process.
#[derive(Debug)]
pub struct Network(());

/// Whose packets are lost.
#[derive(Clone, Copy, Debug)]
pub enum Lost {
    Everybody,
    /// To and from this address.
    Of(Ipv4Addr),
    /// What a server says; what it is told arrives.
    SaidBy(u16),
}

const MARK: &str = "OCTIM_TEST_NETWORK";
const PREPARE: &str = "export PATH=$PATH:/usr/sbin:/sbin && ip link set lo up && tc qdisc add dev lo clsact \
     && tc filter replace dev lo ingress pref 1 handle 1 protocol all bpf da bytecode '1,6 0 0 4294967295' && exec \"$@\"";

impl Network {
    /// Runs this test, by its name, again in such a network, where it gets one. Outside it gets none, and is over.
    pub fn enter(name: &str) -> anyhow::Result<Option<Self>> {
        if env::var_os(MARK).is_some() {
            return Ok(Some(Self(())));
        }
        let mut reasons = Vec::new();
        for rights in [&["--net"][..], &["--net", "--map-root-user"]] {
            let trial = inside(rights, &["true".into()]).output();
            match trial {
                Ok(trial) if trial.status.success() => return again(rights, name).map(|()| None),
                Ok(trial) => reasons.push(String::from_utf8_lossy(&trial.stderr).trim().to_owned()),
                Err(error) => reasons.push(error.to_string()),
            }
        }
        eprintln!("SKIPPED: no network can be made here that loses packets: {}", reasons.join("; "));
        Ok(None)
    }

    /// From now on this share of them is lost, until it is said otherwise.
    pub fn lose(&self, lost: Lost, share: f64) -> anyhow::Result<()> {
        let mut tc = Command::new("tc");
        tc.args(["filter", "replace", "dev", "lo", "ingress", "pref", "1", "handle", "1", "protocol", "all"]);
        tc.args(["bpf", "da", "bytecode", &program(lost, share)]);
        let output = tc.output().context("starting tc")?;
        ensure!(output.status.success(), "tc failed: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// How often TCP has sent something again here.
    pub fn resent(&self) -> anyhow::Result<u64> {
        let counts = fs::read_to_string("/proc/self/net/snmp")?;
        let mut lines = counts.lines().filter_map(|line| line.strip_prefix("Tcp: "));
        let (names, values) = lines.next().zip(lines.next()).context("the kernel does not count")?;
        let mut counts = names.split(' ').zip(values.split(' '));
        let (_, count) =
            counts.find(|(name, _)| *name == "RetransSegs").context("it does not count these")?;
        Ok(count.parse()?)
    }
}

fn inside(rights: &[&str], command: &[OsString]) -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(rights).args(["--", "sh", "-c", PREPARE, "sh"]).args(command).env(MARK, "yes");
    unshare
}

fn again(rights: &[&str], name: &str) -> anyhow::Result<()> {
    let test = env::current_exe()?.into_os_string();
    let output = inside(rights, &[test, "--exact".into(), name.into(), "--nocapture".into()]).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}");
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "in a network that loses packets: {}", output.status);
    ensure!(said.contains("test result: ok. 1 passed"), "this binary has no test {name}");
    Ok(())
}

/// For the kernel's packet filter (man bpf, "classic"): code, jump if true, jump if false, operand.
fn program(lost: Lost, share: f64) -> String {
    // From the beginning of the IP header; a random number.
    const SOURCE: u32 = NETWORK + 12;
    const DESTINATION: u32 = NETWORK + 16;
    const SOURCE_PORT: u32 = NETWORK + 20;
    const NETWORK: u32 = u32::MAX - 0x10_0000 + 1;
    const RANDOM: u32 = u32::MAX - 0x1000 + 1 + 56;
    const WORD: u32 = 0x20;
    const HALF: u32 = 0x28;
    const EQUALS: u32 = 0x15;
    const AT_LEAST: u32 = 0x35;
    const RETURN: u32 = 0x06;
    const DROP: u32 = 2;
    const GO_ON: u32 = u32::MAX;

    let mut steps = match lost {
        Lost::Everybody => Vec::new(),
        Lost::Of(address) => {
            let address = u32::from(address);
            vec![
                [WORD, 0, 0, SOURCE],
                [EQUALS, 2, 0, address],
                [WORD, 0, 0, DESTINATION],
                [EQUALS, 0, 3, address],
            ]
        }
        Lost::SaidBy(port) => vec![[HALF, 0, 0, SOURCE_PORT], [EQUALS, 0, 3, u32::from(port)]],
    };
    let below = (share * f64::from(u32::MAX)) as u32;
    steps.extend([
        [WORD, 0, 0, RANDOM],
        [AT_LEAST, 1, 0, below],
        [RETURN, 0, 0, DROP],
        [RETURN, 0, 0, GO_ON],
    ]);
    let text: Vec<_> =
        steps.iter().map(|[code, yes, no, operand]| format!("{code} {yes} {no} {operand}")).collect();
    format!("{},{}", text.len(), text.join(","))
}
