//! The files of the demo shop's page, embedded. They are ordinary pages of a customer's
//! site: nothing of the product but the script tag.

use model::Locale;
use std::collections::HashMap;

/// The titles of the shop's pages by their paths; the home page's path is empty.
pub fn titles(locale: Locale) -> serde_json::Result<HashMap<String, String>> {
    let (home, help, brand) = match locale {
        Locale::ZhCn => ("山茶家居 Camellia Home", "帮助中心", "山茶家居"),
        Locale::En => ("Camellia Home", "Help", "Camellia Home"),
    };
    let pages = super::products()?.into_iter().map(|mut product| {
        let name = product.name.remove(&locale).unwrap_or_default();
        (format!("product/{}", product.id), format!("{name} · {brand}"))
    });
    let fixed = [(String::new(), home.to_owned()), ("help".to_owned(), format!("{help} · {brand}"))];
    Ok(pages.chain(fixed).collect())
}

/// The shop's page for a channel. A key has letters and digits only, so that it needs no
/// escaping; any other gives a page that shows no chat.
pub fn index(channel_key: &str) -> String {
    let key = if channel_key.bytes().all(|b| b.is_ascii_alphanumeric()) { channel_key } else { "" };
    include_str!("../../../../web/demo/index.html").replace("{{channel}}", key)
}

/// The picture of a product on a link card.
pub fn photo(product: &str) -> Option<&'static [u8]> {
    Some(match product {
        "mug" => include_bytes!("photos/mug.jpg"),
        "teapot" => include_bytes!("photos/teapot.jpg"),
        _ => return None,
    })
}

/// Media type and bytes of a file under `/demo/`.
pub fn file(path: &str) -> Option<(&'static str, &'static [u8])> {
    const SCRIPT: &str = "text/javascript; charset=utf-8";
    macro_rules! image {
        ($name:literal) => {
            ("image/svg+xml", &include_bytes!(concat!("../../../../web/demo/images/", $name, ".svg"))[..])
        };
    }
    Some(match path {
        "shop.js" => (SCRIPT, include_bytes!("../../../../web/demo/shop.js")),
        "texts.js" => (SCRIPT, include_bytes!("../../../../web/demo/texts.js")),
        "shop.css" => ("text/css; charset=utf-8", include_bytes!("../../../../web/demo/shop.css")),
        "products.json" => ("application/json", include_bytes!("products.json")),
        "images/logo.svg" => image!("logo"),
        "images/hero.svg" => image!("hero"),
        "images/basket.svg" => image!("basket"),
        "images/bedding.svg" => image!("bedding"),
        "images/board.svg" => image!("board"),
        "images/candle.svg" => image!("candle"),
        "images/clock.svg" => image!("clock"),
        "images/lamp.svg" => image!("lamp"),
        "images/mug.svg" => image!("mug"),
        "images/pot.svg" => image!("pot"),
        "images/teapot.svg" => image!("teapot"),
        "images/throw.svg" => image!("throw"),
        "images/towel.svg" => image!("towel"),
        "images/vase.svg" => image!("vase"),
        _ => return None,
    })
}
