//! The headers a stored file is served with.
//!
//! Invariant: only media we know to be inert is shown in place; everything else is a download,
//! and nothing runs script, is sniffed into another type, or is kept by a shared cache.

use crate::{Format, name};
use model::MediaKind;

const UNKNOWN_TYPE: &str = "application/octet-stream";

/// Names in lower case, ready for any HTTP library. Length, ranges and caching by link age are
/// the server's. A type that we never store is served as unknown bytes to be downloaded.
pub fn served_headers(media_type: &str, file_name: &str) -> Vec<(&'static str, String)> {
    let format = Format::from_media_type(media_type);
    let inline = format.is_some_and(|format| format.kind() != MediaKind::Document);
    let fixed = |value: &str| value.to_owned();
    vec![
        ("content-type", fixed(format.map_or(UNKNOWN_TYPE, Format::media_type))),
        ("content-disposition", name::content_disposition(inline, file_name)),
        ("x-content-type-options", fixed("nosniff")),
        ("content-security-policy", fixed("default-src 'none'; sandbox")),
        // The chat window and the console may live on a sibling host; customers' sites may not
        // embed files at all.
        ("cross-origin-resource-policy", fixed("same-site")),
        ("cache-control", fixed("private, no-store")),
        // The link in the address is a credential.
        ("referrer-policy", fixed("no-referrer")),
        ("x-robots-tag", fixed("noindex")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(media_type: &str, file_name: &str, header: &str) -> String {
        let headers = served_headers(media_type, file_name);
        let mut values = headers.into_iter().filter(|(name, _)| *name == header);
        let value = values.next().unwrap().1;
        assert!(values.next().is_none(), "{header} twice");
        value
    }

    #[test]
    fn every_file_is_sandboxed_unsniffable_and_uncached() {
        for media_type in Format::ALL.map(Format::media_type).into_iter().chain(["text/html", "x"]) {
            assert_eq!(header(media_type, "a", "x-content-type-options"), "nosniff");
            let policy = header(media_type, "a", "content-security-policy");
            assert_eq!(policy, "default-src 'none'; sandbox");
            assert_eq!(header(media_type, "a", "cache-control"), "private, no-store");
            assert_eq!(header(media_type, "a", "cross-origin-resource-policy"), "same-site");
        }
    }

    #[test]
    fn only_images_audio_and_video_are_shown_in_place() {
        for format in Format::ALL {
            let shown = header(format.media_type(), "a", "content-disposition").starts_with("inline;");
            assert_eq!(shown, format.kind() != MediaKind::Document, "{format:?}");
        }
        assert!(header("application/pdf", "a.pdf", "content-disposition").starts_with("attachment;"));
    }

    #[test]
    fn unknown_and_active_types_are_downloads_of_unknown_bytes() {
        for media_type in
            ["text/html", "image/svg+xml", "application/xml", "text/javascript", "", "image/png\r\nx: y"]
        {
            assert_eq!(header(media_type, "a.html", "content-type"), UNKNOWN_TYPE);
            assert!(header(media_type, "a.html", "content-disposition").starts_with("attachment;"));
        }
    }

    #[test]
    fn names_cannot_add_headers() {
        let value = header("image/png", "a\r\nset-cookie: x=1\".png", "content-disposition");
        assert!(!value.contains(['\r', '\n']), "{value:?}");
        assert_eq!(value.matches('"').count(), 2);
    }
}
