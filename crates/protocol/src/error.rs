//! Every error a client can be told: a stable code, a status, and a sentence in both
//! languages. `docs/client-protocol.md` lists the same table; a test holds them together.

use model::Locale;
use serde::Serialize;
use utoipa::ToSchema;

macro_rules! codes {
    ($($name:ident $status:literal $code:literal $zh:literal $en:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode { $($name),+ }

        impl ErrorCode {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }
            /// HTTP status that goes with the code.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }
            /// A sentence for a person.
            pub const fn sentence(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$name, Locale::ZhCn) => $zh, (Self::$name, Locale::En) => $en),+
                }
            }
        }
    };
}

codes! {
    // The request itself
    InvalidBody 400 "invalid_body" "请求内容格式不正确" "The request body is malformed";
    UnknownField 400 "unknown_field" "请求中含有未知字段" "The request has a field that is not known here";
    InvalidField 422 "invalid_field" "有字段不符合要求" "A field does not meet its rules";
    NotText 400 "not_text" "内容不是有效的 UTF-8 文本" "The content is not valid UTF-8 text";
    TooLarge 413 "too_large" "内容超出大小限制" "The content is larger than allowed";
    UnsupportedMediaType 415 "unsupported_media_type" "请使用 application/json" "Use application/json";
    NotFound 404 "not_found" "内容不存在或无权查看" "It does not exist, or you may not see it";
    MethodNotAllowed 405 "method_not_allowed" "不支持该请求方法" "This address does not take that method";
    RateLimited 429 "rate_limited" "操作过于频繁，请稍后再试" "Too many requests; please wait a moment";
    Timeout 408 "timeout" "请求超时" "The request took too long to arrive";
    // Who is asking
    Unauthenticated 401 "unauthenticated" "请先登录" "Please log in first";
    InvalidCredentials 401 "invalid_credentials" "邮箱或密码不正确" "E-mail or password is not right";
    CodeRequired 401 "code_required" "请输入动态验证码" "Please enter the code from your authenticator app";
    InvalidCode 401 "invalid_code" "动态验证码不正确或已使用" "The code is not right or was used before";
    InvalidTicket 401 "invalid_ticket" "连接凭证无效或已使用" "The ticket is not valid or was used before";
    InvalidSession 401 "invalid_session" "会话已失效，请刷新页面" "The session has ended; please reload the page";
    InvalidIdentity 401 "invalid_identity" "访客身份签名无效" "The signed identity is not valid";
    IdentityExpired 401 "identity_expired" "访客身份签名已过期" "The signed identity has expired";
    IdentityReused 401 "identity_reused" "访客身份签名已被使用过" "The signed identity was used before";
    Forbidden 403 "forbidden" "没有权限执行此操作" "You are not allowed to do this";
    ForeignOrigin 403 "foreign_origin" "该网站未被允许使用此渠道" "This site is not allowed to use the channel";
    WrongPassword 403 "wrong_password" "当前密码不正确" "The current password is not right";
    // Accounts
    WeakPassword 422 "weak_password" "密码至少 10 个字符，且不能过于常见" "A password needs at least 10 characters and must not be a common one";
    EmailTaken 409 "email_taken" "该邮箱已被使用" "The e-mail address is already in use";
    NameTaken 409 "name_taken" "该名称已被使用" "The name is already in use";
    LastOwner 409 "last_owner" "至少需要保留一位所有者" "There must be at least one owner";
    TotpAlreadyOn 409 "totp_already_on" "两步验证已开启" "Two-step verification is already on";
    TotpNotStarted 409 "totp_not_started" "请先获取两步验证密钥" "Start two-step verification first";
    SecretLimit 409 "secret_limit" "最多同时启用两个密钥" "At most two secrets can be active";
    // Conversations
    ConversationResolved 409 "conversation_resolved" "会话已结束" "The conversation has ended";
    ConversationNotResolved 409 "conversation_not_resolved" "会话尚未结束" "The conversation has not ended";
    AlreadyAssigned 409 "already_assigned" "会话已被其他客服接待" "Another agent already has the conversation";
    AnotherActive 409 "another_active" "该客户已有进行中的会话" "The customer already has an active conversation";
    AheadOfLog 422 "ahead_of_log" "回执指向尚不存在的消息" "A receipt names a message that does not exist";
    ClientIdReused 409 "client_id_reused" "消息编号已用于其他会话" "The client id was used in another conversation";
    EmptyMessage 422 "empty_message" "消息不能为空" "A message cannot be empty";
    MessageTooLong 422 "message_too_long" "消息最多 4000 个字符" "A message has at most 4,000 characters";
    AlreadyRated 409 "already_rated" "评价只能修改一次" "A rating can be changed once only";
    // Files
    FileEmpty 422 "file_empty" "文件内容为空" "The file is empty";
    FileTooLarge 413 "file_too_large" "文件不能超过 20 MB" "A file may have at most 20 MB";
    FileTypeNotAllowed 415 "file_type_not_allowed" "不支持该文件类型" "This type of file is not allowed";
    FileMismatch 415 "file_mismatch" "文件内容与类型不符" "The content of the file is not what its type says";
    ImageTooLarge 422 "image_too_large" "图片尺寸过大" "The image has too many pixels";
    ImageBroken 422 "image_broken" "图片已损坏，无法读取" "The image is damaged and cannot be read";
    FileUsed 409 "file_used" "文件已发送或不属于您" "The file was sent already or is not yours";
    FileLost 410 "file_lost" "文件已丢失或损坏，请重新索取" "The file was lost or damaged; please ask for it again";
    // Sockets
    HelloExpected 400 "hello_expected" "连接后须先发送 hello" "The first frame must be hello";
    UnknownFrame 400 "unknown_frame" "未知的指令" "The frame type is not known here";
    ProtocolTooOld 400 "protocol_too_old" "客户端版本过旧，请刷新页面" "The client is too old; please reload the page";
    NotWatched 409 "not_watched" "尚未订阅该会话" "The conversation is not watched by this connection";
    TooManyWatched 409 "too_many_watched" "同时订阅的会话过多" "Too many conversations are watched at once";
    // The knowledge base
    EntryChanged 409 "entry_changed" "条目已被他人修改，请查看最新版本后再保存" "Somebody changed the entry meanwhile; look at the newest version before saving";
    EntryState 409 "entry_state" "条目当前的状态不支持该操作" "The entry is in a state in which this is not possible";
    RegressionWorse 409 "regression_worse" "这样修改后回归集的结果会变差，请查看差异并确认" "This makes the regression set worse; look at the difference and confirm";
    // Benefits
    GrantLimit 409 "grant_limit" "超出该客户 24 小时内可获补偿的上限" "This is more than the customer may get within 24 hours";
    NoCodes 409 "no_codes" "兑换码已发完，请联系管理员补充" "No codes are left; ask an administrator to add some";
    GrantDecided 409 "grant_decided" "该补偿已审批" "This was approved or declined already";
    GrantOwn 403 "grant_own" "不能审批自己发起的补偿" "Whoever asked cannot approve it";
    GrantNotOpen 409 "grant_not_open" "只有接待中的会话可以发放补偿" "A benefit can be given only while an agent has the conversation";
    ImportUnreadable 422 "import_unreadable" "无法读取该文件，请检查格式与编码" "The file cannot be read; check its format and encoding";
    ImportTooLarge 413 "import_too_large" "导入内容过大：文件最多 10 MB、20,000 行，PDF 最多 2,000 页" "The import is too large: at most 10 MB, 20,000 rows, and 2,000 pages of a PDF";
    ImportEncrypted 422 "import_encrypted" "该文件设有密码，请去除密码后再导入" "The file is protected by a password; remove it and import again";
    ImportNoText 422 "import_no_text" "该文件只有图片、没有文字（可能是扫描件），无法导入" "The file holds pictures of text only (a scan), so there is nothing to import";
    AddressRefused 422 "address_refused" "不能访问该网址：须为公网的 http 或 https 地址" "This address cannot be asked: it must be an http or https address of the public internet";
    SourceReading 409 "source_reading" "正在读取网页，请稍后再试" "The pages are being read; try again when that is done";
    SourceLimit 422 "source_limit" "网页来源已达 100 个" "There are 100 sources already";
    // Language models
    LlmOff 409 "llm_off" "尚未为此功能配置大模型" "No language model is set up for this";
    LlmBudget 429 "llm_budget" "今天的大模型用量已达上限" "Today's budget for language models is used up";
    LlmBusy 503 "llm_busy" "大模型正忙，请稍后重试" "The language model is busy; please try again";
    LlmUnavailable 502 "llm_unavailable" "大模型暂时无法使用，请稍后重试" "The language model cannot be used right now; please try again";
    LlmTimeout 504 "llm_timeout" "大模型没有及时回应" "The language model did not answer in time";
    LlmUnusable 502 "llm_unusable" "大模型的回答无法使用，请重试" "What the language model answered cannot be used; please try again";
    // Connectors
    VisitorNotSigned 409 "visitor_not_signed" "该访客尚未通过网站登录验证，无法查询其信息" "The site has not confirmed who this visitor is, so nothing about them can be looked up";
    ConnectorFailed 502 "connector_failed" "业务系统未能给出结果，请稍后重试" "The business system gave no result; please try again";
    // The server
    ReadOnly 503 "read_only" "系统暂时无法保存数据，请稍后重试" "The server cannot store anything right now; please try again";
    ShuttingDown 503 "shutting_down" "系统正在重启，请稍后重试" "The server is restarting; please try again";
    Internal 500 "internal" "系统内部错误" "Something went wrong on our side";
}

/// An error body: RFC 9457 problem details, `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`; `code` tells problems apart.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// A sentence in the language of the request.
    pub title: &'static str,
    pub status: u16,
    pub code: ErrorCode,
    /// The field that is wrong, if it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Tells problems of one code apart: why a connector failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl Problem {
    pub fn new(code: ErrorCode, locale: Locale) -> Self {
        Self {
            kind: "about:blank",
            title: code.sentence(locale),
            status: code.status(),
            code,
            field: None,
            reason: None,
            retry_after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_sentence_in_both_languages_and_its_json_is_its_code() {
        for &code in ErrorCode::ALL {
            assert!(code.sentence(Locale::ZhCn).chars().any(|c| c > '\u{4e00}'), "{code:?}");
            assert!(code.sentence(Locale::En).is_ascii(), "{code:?}");
            assert_eq!(serde_json::to_value(code).unwrap(), code.code());
            assert!((400..600).contains(&code.status()));
        }
    }
}
