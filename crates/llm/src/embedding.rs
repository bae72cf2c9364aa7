//! The embeddings protocol: texts in, a vector of each out. What comes back is numbers to be judged: as
//! many vectors as texts, all of one width, each number finite.

use crate::{
    client::{Client, Endpoint, Failure, MOST_TOKENS, whole},
    retry::Tries,
    tokens,
    wire::Usage,
};
use model::LlmFailure;
use outbound::Limits;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::sleep;

/// Bytes of an answer: of the most texts in the widest vectors, as decimal numbers.
const BYTES: usize = 2 * 1024 * 1024;
/// The widest vectors that are used.
const WIDEST: usize = 4_096;
/// How many texts one request may hold: some services (Qwen) refuse more.
pub const MOST_TEXTS: usize = 10;

/// The texts of one request, at most [`MOST_TEXTS`], none of them empty.
#[derive(Clone, Debug)]
pub struct Embed<'a> {
    pub model: &'a str,
    pub texts: &'a [String],
    /// From the first try to the last byte.
    pub within: Duration,
}

impl Embed<'_> {
    /// About how many tokens it uses.
    pub fn tokens(&self) -> i64 {
        self.texts.iter().map(|text| tokens(text)).sum()
    }
}

/// A vector for each text, in their order, all of one width.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    pub vectors: Vec<Vec<f32>>,
    pub tokens_in: i64,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Response {
    data: Vec<Piece>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Piece {
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Client {
    /// Asks, again where that is worth it. An endpoint that fails again and again rests.
    pub async fn embed(&self, endpoint: &Endpoint, embed: &Embed<'_>) -> Result<Embedded, Failure> {
        self.if_awake(endpoint, self.embed_anyhow(endpoint, embed)).await
    }

    /// Even when it rests: for whoever tries an endpoint out.
    pub async fn embed_anyhow(&self, endpoint: &Endpoint, embed: &Embed<'_>) -> Result<Embedded, Failure> {
        let mut tries = Tries::new(self.first_pause, embed.within);
        loop {
            let (failure, asked_for) = match self.embed_once(endpoint, embed, tries.left()).await {
                Ok(embedded) => return Ok(embedded),
                Err(failed) => failed,
            };
            match tries.again_after(failure.kind, asked_for) {
                Some(pause) => sleep(pause).await,
                None => return Err(failure),
            }
        }
    }

    async fn embed_once(
        &self,
        endpoint: &Endpoint,
        embed: &Embed<'_>,
        within: Duration,
    ) -> Result<Embedded, (Failure, Option<Duration>)> {
        let body = Request { model: embed.model, input: embed.texts, encoding_format: "float" };
        let limits = Limits { total: within, bytes: BYTES };
        let mut answer = self.post(endpoint, "/embeddings", &body, limits).await?;
        let body = whole(&mut answer).await.map_err(|failure| (failure, None))?;
        read(&body, embed).ok_or_else(|| (Failure::new(LlmFailure::Malformed), None))
    }
}

/// None when it is not what was asked for.
fn read(body: &[u8], embed: &Embed<'_>) -> Option<Embedded> {
    let Response { data, usage } = serde_json::from_slice(body).ok()?;
    let mut vectors = vec![Vec::new(); embed.texts.len()];
    for (at, piece) in data.into_iter().enumerate() {
        let place = vectors.get_mut(piece.index.unwrap_or(at))?;
        if !place.is_empty() {
            return None;
        }
        *place = piece.embedding;
    }
    let width = vectors.first().map_or(0, Vec::len);
    let is_good = |vector: &Vec<f32>| {
        vector.len() == width && vector.iter().all(|x| x.is_finite()) && vector.iter().any(|x| *x != 0.0)
    };
    if !(1..=WIDEST).contains(&width) || !vectors.iter().all(is_good) {
        return None;
    }
    let told = usage.map_or(0, |usage| usage.prompt_tokens);
    let tokens_in = if told > 0 { told.min(MOST_TOKENS) } else { embed.tokens() };
    Some(Embedded { vectors, tokens_in })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(texts: usize, body: &str) -> Option<Embedded> {
        let texts = vec!["退货".to_owned(); texts];
        read(body.as_bytes(), &Embed { model: "small", texts: &texts, within: Duration::from_secs(1) })
    }

    #[test]
    fn vectors_come_in_the_order_of_the_texts() {
        let body = r#"{"data":[{"index":1,"embedding":[0,1]},{"index":0,"embedding":[1,0.5]}],"usage":{"prompt_tokens":9}}"#;
        let embedded = reads(2, body).unwrap_or_else(|| panic!("{body}"));
        assert_eq!(embedded, Embedded { vectors: vec![vec![1.0, 0.5], vec![0.0, 1.0]], tokens_in: 9 });
        let unnumbered = r#"{"data":[{"embedding":[1]},{"embedding":[2]}]}"#;
        let embedded = reads(2, unnumbered).unwrap_or_else(|| panic!("{unnumbered}"));
        assert_eq!((embedded.vectors[1][0], embedded.tokens_in), (2.0, 6));
    }

    #[test]
    fn what_was_not_asked_for_is_no_answer() {
        for body in [
            "",
            "[]",
            r#"{"data":[]}"#,
            r#"{"data":[{"index":0,"embedding":[1]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[1]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1,2]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[0]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":[1e39]}]}"#,
            r#"{"data":[{"index":0,"embedding":[1]},{"index":1,"embedding":"AAAA"}]}"#,
            r#"{"data":[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]}"#,
        ] {
            assert_eq!(reads(2, body), None, "{body}");
        }
        let wide = format!(r#"{{"data":[{{"embedding":[{}1]}}]}}"#, "1,".repeat(WIDEST));
        assert_eq!(reads(1, &wide), None);
    }
}
