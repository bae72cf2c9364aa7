//! The knowledge base of the demo shop, its cards leading to the shop's own pages.

use super::{Card, entries, page};
use bytes::Bytes;
use model::{EntryContent, FileRef, LinkCard};
use service::{Error, Result, Services, Staff};
use std::collections::HashMap;
use store::entries::NewEntry;

/// Published in the name of the operator; `editor` keeps the images, `site` is where the shop stands.
pub async fn teach(services: &Services, editor: &Staff, site: &str) -> Result<()> {
    let mut photos = HashMap::new();
    let mut taught = Vec::new();
    for entry in entries().map_err(Error::internal)? {
        let mut cards = Vec::new();
        for card in entry.cards {
            if !photos.contains_key(&card.product) {
                photos.insert(card.product.clone(), photo(services, editor, &card.product).await?);
            }
            cards.push(leading_to(site, photos.get(&card.product), card));
        }
        let content = EntryContent {
            category: entry.category,
            question: entry.question,
            phrasings: entry.phrasings,
            answer: entry.answer,
            cards,
            sections: entry.sections,
            ..EntryContent::default()
        };
        taught.push(NewEntry { content, owner: None });
    }
    services.store.insert_entries(editor.workspace(), &taught, true, None, services.clock.now()).await?;
    Ok(())
}

async fn photo(services: &Services, editor: &Staff, product: &str) -> Result<FileRef> {
    let bytes = page::photo(product).ok_or_else(|| Error::internal(format!("no photo of {product}")))?;
    let name = format!("{product}.jpg");
    services.attachments.upload_image(editor, &name, "image/jpeg", Bytes::from_static(bytes)).await
}

fn leading_to(site: &str, image: Option<&FileRef>, card: Card) -> LinkCard {
    LinkCard {
        title: card.title,
        text: card.text,
        link: format!("{site}/demo#/product/{}", card.product),
        image: image.cloned(),
        button: card.button,
    }
}
