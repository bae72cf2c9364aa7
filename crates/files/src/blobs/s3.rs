//! Files in a bucket of an S3-compatible store.
//!
//! Invariant: only keys of ours, below the configured prefix, are ever named in a request; slow
//! stores cost seconds, not hung requests.

use super::{Blob, BlobEntry, BlobKey};
use crate::Error;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use model::WorkspaceId;
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt as _, PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
use secrecy::{ExposeSecret as _, SecretString};
use std::{ops::Range, sync::Arc, time::Duration};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For one request with its body; 20 MiB at 3 Mbit/s.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
const RETRIES: usize = 3;
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// How to reach a bucket.
#[derive(Clone, Debug)]
pub struct S3Config {
    /// Such as `https://oss-cn-hangzhou.aliyuncs.com`; with `virtual_hosted`, the bucket's own.
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: SecretString,
    /// True when the bucket is part of the host name, as Alibaba and Tencent require.
    pub virtual_hosted: bool,
    /// Allows an `http://` endpoint, for tests and for stores on the same machine.
    pub allow_http: bool,
    /// Put before every key, without slashes around it; may be empty.
    pub prefix: String,
}

#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    prefix: Path,
}

impl Bucket {
    pub(super) fn open(config: &S3Config) -> Result<Self, Error> {
        let client = ClientOptions::new()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_timeout(REQUEST_TIMEOUT)
            .with_allow_http(config.allow_http);
        let retry =
            RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let store = AmazonS3Builder::new()
            .with_client_options(client)
            .with_retry(retry)
            .with_endpoint(&config.endpoint)
            .with_region(&config.region)
            .with_bucket_name(&config.bucket)
            .with_access_key_id(&config.access_key)
            .with_secret_access_key(config.secret_key.expose_secret())
            .with_virtual_hosted_style_request(config.virtual_hosted)
            // Not every compatible store has the request that deletes many.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(failure)?;
        let prefix = Path::parse(&config.prefix).map_err(Error::storage)?;
        Ok(Self { store: Arc::new(store), prefix })
    }

    pub(super) async fn put(&self, key: &BlobKey, bytes: Bytes) -> Result<(), Error> {
        self.store.put(&self.path(key.as_str()), PutPayload::from(bytes)).await.map_err(failure)?;
        Ok(())
    }

    pub(super) async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, Error> {
        let path = self.path(key.as_str());
        if let Some(range) = &range {
            // Stores answer a range behind the end in different ways, so the size is asked first.
            let size = self.store.head(&path).await.map_err(failure)?.size;
            if range.start >= size {
                return Err(Error::RangeNotSatisfiable);
            }
        }
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&path, options).await.map_err(failure)?;
        let (size, range) = (found.meta.size, found.range.clone());
        let stream = found.into_stream().map(|chunk| chunk.map_err(failure)).boxed();
        Ok(Blob { size, range, stream })
    }

    pub(super) async fn exists(&self, key: &BlobKey) -> Result<bool, Error> {
        match self.store.head(&self.path(key.as_str())).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failure(error)),
        }
    }

    pub(super) async fn delete(&self, key: &BlobKey) -> Result<(), Error> {
        match self.store.delete(&self.path(key.as_str())).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failure(error)),
        }
    }

    pub(super) fn list(
        &self,
        workspace: Option<WorkspaceId>,
    ) -> impl Stream<Item = Result<BlobEntry, Error>> + use<> {
        let below = workspace.map_or_else(|| self.prefix.clone(), |id| self.path(&BlobKey::prefix(id)));
        let prefix = self.prefix.clone();
        self.store.list(Some(&below)).filter_map(move |found| {
            let entry = found.map_err(failure).map(|meta| {
                let parts = meta.location.prefix_match(&prefix)?;
                let key = parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                Some(BlobEntry { key: BlobKey::parse(&key).ok()?, size: meta.size })
            });
            std::future::ready(entry.transpose())
        })
    }

    fn path(&self, key: &str) -> Path {
        // Neither part holds a character that the library would escape.
        Path::from(if self.prefix.as_ref().is_empty() {
            key.to_owned()
        } else {
            format!("{}/{key}", self.prefix)
        })
    }
}

fn failure(error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::Missing,
        other => Error::storage(other),
    }
}
