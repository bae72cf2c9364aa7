//! The encoder of the knowledge base: the operator's own, where the configuration names one.

use super::{Doctor, Finding, Subject};
use crate::encoder;
use model::EncoderFailure;
use service::bots::{EncoderError, OwnEncoder};

impl Doctor<'_> {
    pub(super) async fn encoder(&self) -> Finding {
        match encoder::load(self.config).await {
            Ok(None) => Finding::ok(Subject::Encoder, self.tell("the built-in one", "内置")),
            Ok(Some(OwnEncoder { name, loaded: Ok(loaded) })) => {
                let width = loaded.width;
                let detail = self.tell(
                    format_args!("{name}, {width} numbers for each text"),
                    format_args!("{name}，每段文字 {width} 维"),
                );
                Finding::ok(Subject::Encoder, detail)
            }
            Ok(Some(OwnEncoder { name, loaded: Err(error) })) => self.unusable_encoder(&name, &error),
            Err(error) => Finding::failed(Subject::Encoder, format_args!("{error:#}")),
        }
    }

    fn unusable_encoder(&self, name: &str, error: &EncoderError) -> Finding {
        let (what, step) = match error.kind {
            EncoderFailure::Library => (
                self.tell("the ONNX Runtime cannot be used", "ONNX Runtime 无法使用"),
                self.tell(
                    "Install ONNX Runtime 1.17 or newer and name its library in encoder.library.",
                    "安装 ONNX Runtime 1.17 或更新版本，并在 encoder.library 中写明库文件路径。",
                ),
            ),
            EncoderFailure::Tokenizer => (
                self.tell("its tokenizer cannot be used", "分词器无法使用"),
                self.tell(
                    "Put the tokenizer.json of the same model into the folder.",
                    "将同一模型的 tokenizer.json 放入该目录。",
                ),
            ),
            EncoderFailure::Model => (
                self.tell("its model cannot be used", "模型无法使用"),
                self.tell(
                    "Export it to ONNX for feature extraction, with 64-bit inputs; see docs/language.md.",
                    "以特征提取方式导出 ONNX，输入为 64 位整数；参见 docs/language.md。",
                ),
            ),
            EncoderFailure::Output => (
                self.tell("it makes no usable vectors", "模型输出不是可用的向量"),
                self.tell(
                    "Check encoder.pooling and encoder.max_tokens, and that it is a sentence encoder.",
                    "检查 encoder.pooling 与 encoder.max_tokens，并确认这是句向量模型。",
                ),
            ),
        };
        let fallback = self.tell("the built-in one is used instead", "改用内置模型");
        let detail = format_args!("{name}: {what} ({fallback}): {}", error.detail).to_string();
        Finding { steps: vec![step], ..Finding::failed(Subject::Encoder, detail) }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Verdict, *};
    use crate::config::{Config, EncoderFile, Flags, Pooling};
    use model::Locale;
    use std::collections::HashMap;

    #[tokio::test]
    async fn own_encoder_without_a_runtime_is_told_with_what_to_do() {
        let mut config = Config::from_sources(&Flags::default(), HashMap::new()).unwrap();
        let built_in = Doctor { config: &config, locale: Locale::En }.encoder().await;
        assert_eq!((built_in.verdict, built_in.detail.as_str()), (Verdict::Ok, "the built-in one"));
        config.encoder = Some(EncoderFile {
            folder: concat!(env!("CARGO_MANIFEST_DIR"), "/../onnx/tests/data/tiny").into(),
            library: "/nowhere/libonnxruntime.so".into(),
            prefix: String::new(),
            pooling: Pooling::Mean,
            max_tokens: 64,
        });
        for (locale, says, step) in
            [(Locale::En, "cannot be used", "Install"), (Locale::ZhCn, "无法使用", "安装")]
        {
            let finding = Doctor { config: &config, locale }.encoder().await;
            assert_eq!(finding.verdict, Verdict::Failed);
            assert!(finding.detail.starts_with("tiny: ") && finding.detail.contains(says), "{finding:?}");
            assert!(finding.detail.contains("/nowhere/libonnxruntime.so"), "{finding:?}");
            assert!(finding.steps[0].starts_with(step), "{finding:?}");
        }
    }
}
