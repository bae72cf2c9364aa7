//! Jobs: claimed by one worker at a time, finished, retried or given up.

use crate::fixture::*;
use model::job::{Job, Task};
use sqlx::Connection as _;
use std::collections::BTreeSet;
use std::time::Duration;
use store::{Database, jobs::JobCounts};
use testkit::database::TestDatabase;
use tokio::time::timeout;

const LEASE: i64 = 60_000;

/// A conversation's first message makes a job row.
async fn make_job(talk: &Talk) {
    assert!(talk.say(&talk.contact().await, "在吗").await.has_jobs);
}

async fn claim(store: &TestStore, at: i64) -> Vec<Job> {
    store.claim_jobs(at, LEASE, 100).await.unwrap()
}

both! {
    async fn claimed_job_is_not_claimed_again_while_its_lease_lasts(store: &TestStore) {
        let talk = Talk::new(store).await;
        let said = talk.say(&talk.contact().await, "在吗").await;
        let jobs = claim(store, NOW).await;
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].workspace_id, talk.workspace);
        assert_eq!(jobs[0].task, Task::Route { conversation_id: said.conversation.id });
        assert_eq!((jobs[0].attempts, jobs[0].run_at), (1, NOW));
        assert_eq!(claim(store, NOW + LEASE - 1).await, []);
        let again = claim(store, NOW + LEASE).await;
        assert_eq!((again[0].id, again[0].attempts), (jobs[0].id, 2));
    }

    async fn workers_that_claim_at_once_get_different_jobs(store: &TestStore) {
        let talk = Talk::new(store).await;
        for _ in 0..12 {
            make_job(&talk).await;
        }
        let (a, b, c) = tokio::join!(
            store.claim_jobs(NOW, LEASE, 5),
            store.claim_jobs(NOW, LEASE, 5),
            store.claim_jobs(NOW, LEASE, 5),
        );
        let all: Vec<Job> = [a, b, c].into_iter().flat_map(Result::unwrap).collect();
        let distinct: BTreeSet<_> = all.iter().map(|job| job.id).collect();
        assert_eq!(distinct.len(), all.len());
        // One that waits for another's rows may come back with fewer: what is left stays ready.
        assert_eq!(all.len() + claim(store, NOW).await.len(), 12);
    }

    async fn jobs_come_oldest_first_and_no_more_than_asked(store: &TestStore) {
        let talk = Talk::new(store).await;
        for _ in 0..3 {
            make_job(&talk).await;
        }
        let first = store.claim_jobs(NOW, LEASE, 2).await.unwrap();
        let rest = claim(store, NOW).await;
        let ids: Vec<_> = first.iter().chain(&rest).map(|job| job.id).collect();
        assert_eq!((first.len(), rest.len()), (2, 1));
        assert!(ids.is_sorted());
    }

    async fn finished_job_is_gone(store: &TestStore) {
        let talk = Talk::new(store).await;
        make_job(&talk).await;
        let job = claim(store, NOW).await.remove(0);
        store.finish_job(job.id).await.unwrap();
        assert_eq!(claim(store, NOW + DAY).await, []);
        assert_eq!(store.count_jobs(NOW + DAY).await.unwrap(), JobCounts::default());
    }

    async fn failed_job_comes_back_when_it_is_due(store: &TestStore) {
        let talk = Talk::new(store).await;
        make_job(&talk).await;
        let job = claim(store, NOW).await.remove(0);
        store.retry_job(&job, NOW + 5_000, "timeout").await.unwrap();
        assert_eq!(store.next_job_at().await.unwrap(), Some(NOW + 5_000));
        assert_eq!(claim(store, NOW + 4_999).await, []);
        assert_eq!(claim(store, NOW + 5_000).await[0].attempts, 2);
    }

    async fn worker_that_lost_its_lease_does_not_disturb_the_next(store: &TestStore) {
        let talk = Talk::new(store).await;
        make_job(&talk).await;
        let stale = claim(store, NOW).await.remove(0);
        let fresh = claim(store, NOW + LEASE).await.remove(0);
        store.retry_job(&stale, NOW, "late").await.unwrap();
        store.bury_job(&stale, "late").await.unwrap();
        assert_eq!(claim(store, NOW + LEASE + 1).await, []);
        store.retry_job(&fresh, NOW, "again").await.unwrap();
        assert_eq!(claim(store, NOW + LEASE + 1).await.len(), 1);
    }

    // A newer node wrote it during an update, and will take it.
    async fn job_that_cannot_be_read_is_left_for_others_and_given_up_in_the_end(store: &TestStore) {
        let talk = Talk::new(store).await;
        make_job(&talk).await;
        let later = "update jobs set task = '{\"kind\":\"of_a_later_version\"}'";
        match store.database() {
            Database::Sqlite(path) => {
                let url = format!("sqlite://{}", path.display());
                let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
                sqlx::query(later).execute(&mut db).await.unwrap();
            }
            Database::Postgres(url) => {
                let mut db = sqlx::PgConnection::connect(url).await.unwrap();
                sqlx::query(later).execute(&mut db).await.unwrap();
            }
        }
        let mut at = NOW;
        for _ in 0..9 {
            assert_eq!(claim(store, at).await, []);
            let next = store.next_job_at().await.unwrap().unwrap();
            assert!(next > at, "not at once");
            at = next;
        }
        assert_eq!(claim(store, at).await, []);
        assert_eq!(store.count_jobs(at).await.unwrap().dead, 1);
    }

    async fn given_up_job_is_counted_and_never_claimed(store: &TestStore) {
        let talk = Talk::new(store).await;
        make_job(&talk).await;
        make_job(&talk).await;
        let jobs = store.claim_jobs(NOW, LEASE, 1).await.unwrap();
        store.bury_job(&jobs[0], "no such conversation").await.unwrap();
        let counts = store.count_jobs(NOW + 700).await.unwrap();
        assert_eq!(counts, JobCounts { ready: 1, dead: 1, oldest_ms: 700 });
        assert_eq!(claim(store, NOW + DAY).await.len(), 1);
        assert_eq!(store.next_job_at().await.unwrap(), Some(NOW + DAY + LEASE));
    }

    async fn nothing_to_do_is_counted_as_nothing(store: &TestStore) {
        assert_eq!(store.count_jobs(NOW).await.unwrap(), JobCounts::default());
        assert_eq!(store.next_job_at().await.unwrap(), None);
    }
}

#[tokio::test]
async fn postgres_claims_what_nobody_holds_without_waiting() {
    let Some(home) = TestDatabase::postgres().await.unwrap() else { return };
    let store = home.open().await.unwrap();
    let talk = Talk::new(&store).await;
    for _ in 0..3 {
        make_job(&talk).await;
    }
    let Database::Postgres(url) = store.database() else { unreachable!() };
    let mut other = sqlx::PgConnection::connect(url).await.unwrap();
    let mut tx = other.begin().await.unwrap();
    let held: i64 = sqlx::query_scalar("select id from jobs order by id limit 1 for update")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let free = timeout(Duration::from_secs(5), claim(&store, NOW)).await.unwrap();
    assert_eq!(free.len(), 2);
    assert!(free.iter().all(|job| job.id.0 != held));
    tx.rollback().await.unwrap();
    assert_eq!(claim(&store, NOW).await.len(), 1);
    store.remove().await.unwrap();
}
