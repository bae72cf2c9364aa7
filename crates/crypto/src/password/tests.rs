//! The gate, the price of unknown accounts (security.md A33, A36), and stored hashes gone bad.

use super::*;

const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };

fn cheap() -> Passwords {
    Passwords::new(CHEAP, 1).unwrap()
}

#[tokio::test]
async fn only_the_right_password_matches() {
    let passwords = cheap();
    let stored = passwords.hash("密码 correct horse").await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    assert!(passwords.verify("密码 correct horse", Some(&stored)).await.unwrap());
    assert!(!passwords.verify("密码 correct hors", Some(&stored)).await.unwrap());
    assert!(!passwords.verify("", Some(&stored)).await.unwrap());
}

#[tokio::test]
async fn same_password_hashes_differently_each_time() {
    let passwords = cheap();
    assert_ne!(passwords.hash("a long password").await, passwords.hash("a long password").await);
}

#[test]
fn default_cost_is_the_recommended_one() {
    let passwords = Passwords::new(PasswordCost::default(), 1).unwrap();
    assert!(passwords.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", passwords.dummy);
}

#[tokio::test]
async fn unknown_account_costs_one_hash_of_the_same_price() {
    let passwords = cheap();
    let stored = passwords.hash("a long password").await.unwrap();
    let before = passwords.computed();
    assert!(!passwords.verify("a long password", None).await.unwrap());
    assert_eq!(passwords.computed() - before, 1);
    assert!(!passwords.verify("another password", Some(&stored)).await.unwrap());
    assert_eq!(passwords.computed() - before, 2);
    assert!(!passwords.is_outdated(&passwords.dummy));
}

#[tokio::test]
async fn oversized_password_is_refused_before_hashing() {
    let passwords = cheap();
    let long = "x".repeat(MAX_BYTES + 1);
    assert_eq!(passwords.hash(&long).await, Err(Error::PasswordTooLong));
    assert_eq!(passwords.verify(&long, None).await, Err(Error::PasswordTooLong));
    assert_eq!(passwords.computed(), 0);
    assert!(passwords.hash(&long[1..]).await.is_ok());
}

#[tokio::test]
async fn stored_hashes_that_are_weak_foreign_or_ruinous_are_refused() {
    let passwords = cheap();
    let good = passwords.hash("a long password").await.unwrap();
    let body = good.rsplit_once("p=1").unwrap().1;
    for bad in [
        String::new(),
        "plain".into(),
        "$2b$12$abcdefghijklmnopqrstuuO8YHlE5h1N0tD1Xh0vW2ZkZ1Zk1Zk1Z".into(),
        format!("$argon2i$v=19$m=64,t=1,p=1{body}"),
        format!("$argon2id$v=19$m=4194304,t=1,p=1{body}"),
        format!("$argon2id$v=19$m=64,t=100000,p=1{body}"),
        "$argon2id$v=19$m=64,t=1,p=1".into(),
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$c2hvcnRoYXNo".into(),
    ] {
        assert_eq!(passwords.verify("a long password", Some(&bad)).await, Err(Error::StoredHash), "{bad}");
        assert!(passwords.is_outdated(&bad));
    }
    assert!(!passwords.is_outdated(&good));
}

#[tokio::test]
async fn old_cost_still_verifies_and_is_reported() {
    let old = Passwords::new(PasswordCost { memory_kib: 32, ..CHEAP }, 1).unwrap();
    let stored = old.hash("a long password").await.unwrap();
    let passwords = cheap();
    assert!(passwords.verify("a long password", Some(&stored)).await.unwrap());
    assert!(passwords.is_outdated(&stored));
}

#[tokio::test]
async fn gate_holds_callers_back_and_a_full_queue_refuses() {
    let passwords = cheap();
    let held = passwords.gate.clone().acquire_owned().await.unwrap();
    let waiting: Vec<_> = (0..WAITING_PER_LANE)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move { passwords.verify("a long password", None).await })
        })
        .collect();
    // On this one thread, yields let every spawned task run up to where it waits.
    for _ in 0..WAITING_PER_LANE {
        tokio::task::yield_now().await;
    }
    assert_eq!(passwords.queue.available_permits(), 0);
    assert_eq!(passwords.computed(), 0);
    assert_eq!(passwords.verify("a long password", None).await, Err(Error::PasswordQueueFull));
    drop(held);
    for task in waiting {
        assert_eq!(task.await.unwrap(), Ok(false));
    }
    assert!(passwords.verify("a long password", None).await.is_ok());
}
