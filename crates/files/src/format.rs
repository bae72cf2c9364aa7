//! The formats we take, with every name that browsers and systems give them.
//!
//! Invariant: the list is closed. A format that can carry script for a browser is not on it.

use model::MediaKind;

/// What a file is, once its name, its declared type and its content agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Png,
    Jpeg,
    Webp,
    Gif,
    Pdf,
    Docx,
    Xlsx,
    Pptx,
    Zip,
    Text,
    Csv,
    Markdown,
    Mp3,
    Wav,
    Ogg,
    Mp4,
    /// MPEG-4 with sound only.
    M4a,
    Webm,
    /// `WebM` with sound only, as browsers record voice.
    WebmAudio,
}

/// One format's names: the first type and the first extension are the ones we use ourselves.
struct Names {
    types: &'static [&'static str],
    extensions: &'static [&'static str],
}

const ZIP_TYPES: [&str; 4] =
    ["application/zip", "application/x-zip-compressed", "application/x-zip", "multipart/x-zip"];

impl Format {
    /// Where several fit, the earlier one is meant.
    pub const ALL: [Self; 19] = [
        Self::Png,
        Self::Jpeg,
        Self::Webp,
        Self::Gif,
        Self::Pdf,
        Self::Docx,
        Self::Xlsx,
        Self::Pptx,
        Self::Zip,
        Self::Text,
        Self::Csv,
        Self::Markdown,
        Self::Mp3,
        Self::Wav,
        Self::Ogg,
        Self::Mp4,
        Self::M4a,
        Self::Webm,
        Self::WebmAudio,
    ];

    /// The type it is stored and served with.
    pub fn media_type(self) -> &'static str {
        self.names().types[0]
    }

    /// The extension given to a name that has none of this format.
    pub fn extension(self) -> &'static str {
        self.names().extensions[0]
    }

    /// The format we stored under this type; none for types we never store.
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.media_type() == media_type)
    }

    pub fn kind(self) -> MediaKind {
        match self {
            Self::Png | Self::Jpeg | Self::Webp | Self::Gif => MediaKind::Image,
            Self::Mp3 | Self::Wav | Self::Ogg | Self::M4a | Self::WebmAudio => MediaKind::Audio,
            Self::Mp4 | Self::Webm => MediaKind::Video,
            Self::Pdf
            | Self::Docx
            | Self::Xlsx
            | Self::Pptx
            | Self::Zip
            | Self::Text
            | Self::Csv
            | Self::Markdown => MediaKind::Document,
        }
    }

    /// Whether files of this format are called so; `extension` in lower case.
    pub fn has_extension(self, extension: &str) -> bool {
        self.names().extensions.contains(&extension)
    }

    /// Whether clients declare it so; `media_type` in lower case and without parameters.
    pub fn is_declared_as(self, media_type: &str) -> bool {
        self.names().types.contains(&media_type)
    }

    fn names(self) -> Names {
        let (types, extensions): (&[&str], &[&str]) = match self {
            Self::Png => (&["image/png", "image/x-png", "image/apng"], &["png", "apng"]),
            Self::Jpeg => (&["image/jpeg", "image/jpg", "image/pjpeg"], &["jpg", "jpeg", "jfif"]),
            Self::Webp => (&["image/webp"], &["webp"]),
            Self::Gif => (&["image/gif"], &["gif"]),
            Self::Pdf => (&["application/pdf", "application/x-pdf"], &["pdf"]),
            Self::Docx => {
                (&["application/vnd.openxmlformats-officedocument.wordprocessingml.document"], &["docx"])
            }
            Self::Xlsx => (&["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"], &["xlsx"]),
            Self::Pptx => {
                (&["application/vnd.openxmlformats-officedocument.presentationml.presentation"], &["pptx"])
            }
            Self::Zip => (&ZIP_TYPES, &["zip"]),
            Self::Text => (&["text/plain"], &["txt", "text", "log"]),
            // Windows declares whatever program opens the extension.
            Self::Csv => (
                &["text/csv", "text/plain", "application/csv", "text/x-csv", "application/vnd.ms-excel"],
                &["csv"],
            ),
            Self::Markdown => (&["text/markdown", "text/x-markdown", "text/plain"], &["md", "markdown"]),
            Self::Mp3 => (&["audio/mpeg", "audio/mp3", "audio/x-mp3", "audio/x-mpeg"], &["mp3"]),
            Self::Wav => (&["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"], &["wav"]),
            Self::Ogg => {
                (&["audio/ogg", "application/ogg", "audio/opus", "audio/x-ogg"], &["ogg", "oga", "opus"])
            }
            Self::Mp4 => (&["video/mp4", "video/x-m4v"], &["mp4", "m4v"]),
            Self::M4a => (&["audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac"], &["m4a", "mp4"]),
            Self::Webm => (&["video/webm"], &["webm"]),
            Self::WebmAudio => (&["audio/webm"], &["weba", "webm"]),
        };
        Names { types, extensions }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_type_leads_back_to_its_format() {
        for format in Format::ALL {
            assert_eq!(Format::from_media_type(format.media_type()), Some(format));
        }
        for foreign in ["text/html", "image/svg+xml", "application/octet-stream", "TEXT/PLAIN", ""] {
            assert_eq!(Format::from_media_type(foreign), None);
        }
    }

    #[test]
    fn nothing_that_runs_in_a_browser_is_on_the_list() {
        for format in Format::ALL {
            for active in
                ["html", "htm", "xhtml", "svg", "xml", "js", "mjs", "swf", "mht", "xsl", "wasm", "hta"]
            {
                assert!(!format.has_extension(active), "{format:?} {active}");
            }
            for active in
                ["text/html", "image/svg+xml", "text/xml", "application/xml", "application/xhtml+xml"]
            {
                assert!(!format.is_declared_as(active), "{format:?} {active}");
            }
        }
    }
}
