//! Images of answers, of their cards and of articles: uploaded by editors, kept as long as a version shows them,
//! readable by staff, and by visitors to whom they were said, or who may read the article.

use super::{Knowledge, cards};
use crate::{Error, Result, Staff, Visitor, text};
use model::{
    AnswerImage, AttachmentId, EntryContent, FileRef, MediaKind, Permission, SectionImage, Sender, Shown,
};
use std::collections::HashSet;
use store::Store;

/// Of one answer.
pub const IMAGES: usize = 4;
/// Of all sections of an article together.
pub const IN_ARTICLE: usize = 20;
/// Characters of the words for whoever does not see it.
pub const ALT: usize = 200;

/// Bounded, none twice.
pub fn clean(raw: Vec<AnswerImage>) -> Result<Vec<AnswerImage>> {
    let mut known = HashSet::new();
    let mut kept = Vec::new();
    for image in raw.into_iter().filter(|image| known.insert(image.file.id)) {
        kept.push(described("images", image)?);
    }
    if kept.len() > IMAGES { Err(Error::Field("images")) } else { Ok(kept) }
}

/// Those of a section, from top to bottom; `text` is what became of the text that `raw` placed them in.
pub fn placed(images: Vec<SectionImage>, raw: &str, text: &str) -> Result<Vec<SectionImage>> {
    let above = raw.len() - raw.trim_start().len();
    let cut = raw[..above].matches('\n').count();
    let lines = if text.is_empty() { 0 } else { text.split('\n').count() };
    let within = |image: SectionImage| {
        let after = image.after.saturating_sub(cut).min(lines);
        Ok(SectionImage { after, image: described("sections", image.image)? })
    };
    let mut images: Vec<SectionImage> = images.into_iter().map(within).collect::<Result<_>>()?;
    images.sort_by_key(|image| image.after);
    Ok(images)
}

fn described(field: &'static str, image: AnswerImage) -> Result<AnswerImage> {
    let alt = text::optional_line(field, &image.alt, ALT)?;
    Ok(AnswerImage { alt: if text::is_blank(&alt) { String::new() } else { alt }, ..image })
}

impl Knowledge {
    /// Each image is one that this editor uploaded, or that an entry shows already; it is described
    /// as it is stored, whatever the editor says of it.
    pub(super) async fn find_images(&self, staff: &Staff, content: &mut EntryContent) -> Result<()> {
        let others = content.answers.iter_mut().map(|one| (&mut one.images, &mut one.cards));
        for (images, cards) in std::iter::once((&mut content.images, &mut content.cards)).chain(others) {
            for image in images {
                image.file = self.find_image(staff, image.file.id).await?.ok_or(Error::Field("images"))?;
            }
            for image in cards.iter_mut().filter_map(|card| card.image.as_mut()) {
                *image = self.find_image(staff, image.id).await?.ok_or(Error::Field("cards"))?;
            }
        }
        for SectionImage { image, .. } in content.sections.iter_mut().flat_map(|section| &mut section.images)
        {
            image.file = self.find_image(staff, image.file.id).await?.ok_or(Error::Field("sections"))?;
        }
        Ok(())
    }

    async fn find_image(&self, staff: &Staff, id: AttachmentId) -> Result<Option<FileRef>> {
        let found = self.store.find_attachment(staff.workspace(), id).await?;
        let Some(found) = found.filter(|one| one.kind == MediaKind::Image) else { return Ok(None) };
        let is_own = found.conversation_id.is_none() && found.sender == Sender::Agent(staff.id());
        let is_shown = is_own || self.store.is_entry_image(staff.workspace(), id, false).await?;
        Ok(is_shown.then(|| FileRef::from(found)))
    }

    pub async fn may_see_image(&self, staff: &Staff, image: AttachmentId) -> Result<bool> {
        may_see(&self.store, staff, image).await
    }

    /// An answer that shows it was said to this visitor.
    pub async fn was_shown(&self, visitor: &Visitor, image: AttachmentId) -> Result<bool> {
        Ok(self.store.was_image_said(visitor.workspace, visitor.contact, image).await?)
    }
}

/// Images and cards that staff may put into a conversation, files as they are stored. A card may lead to any
/// page, as a link in the text may; that of an entry stays good when its site moves on.
pub(crate) async fn to_say(store: &Store, staff: &Staff, shown: Shown) -> Result<Shown> {
    let (mut images, mut cards) = (clean(shown.images)?, cards::clean(shown.cards)?);
    for image in &mut images {
        image.file = stored(store, staff, image.file.id).await?.ok_or(Error::Field("images"))?;
    }
    for image in cards.iter_mut().filter_map(|card| card.image.as_mut()) {
        *image = stored(store, staff, image.id).await?.ok_or(Error::Field("cards"))?;
    }
    Ok(Shown { images, cards })
}

async fn stored(store: &Store, staff: &Staff, image: AttachmentId) -> Result<Option<FileRef>> {
    let found = store.find_attachment(staff.workspace(), image).await?;
    let may = may_see(store, staff, image).await?;
    Ok(found.filter(|_| may).map(FileRef::from))
}

/// What was never published is for editors.
async fn may_see(store: &Store, staff: &Staff, image: AttachmentId) -> Result<bool> {
    if staff.require(Permission::ViewKnowledge).is_err() {
        return Ok(false);
    }
    let published = staff.require(Permission::EditKnowledge).is_err();
    Ok(store.is_entry_image(staff.workspace(), image, published).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(id: i64, alt: &str) -> AnswerImage {
        let file = FileRef {
            id: AttachmentId(id),
            name: "a.png".into(),
            media_type: "image/png".into(),
            kind: MediaKind::Image,
            size: 1,
            width: None,
            height: None,
            has_thumbnail: false,
        };
        AnswerImage { file, alt: alt.into() }
    }

    #[test]
    fn images_are_bounded_and_none_is_shown_twice() {
        let kept = clean(vec![image(1, " 壶盖 "), image(2, "\u{200b}"), image(1, "again")]).unwrap();
        assert_eq!(kept, [image(1, "壶盖"), image(2, "")]);
        assert!(clean((0..4).map(|id| image(id, "")).collect()).is_ok());
        assert!(matches!(clean((0..5).map(|id| image(id, "")).collect()), Err(Error::Field("images"))));
        assert!(matches!(clean(vec![image(1, &"字".repeat(201))]), Err(Error::Field("images"))));
    }

    #[test]
    fn images_of_a_section_keep_their_lines_when_its_text_is_trimmed() {
        let at = |after, id| SectionImage { after, image: image(id, " 壶 ") };
        let kept = placed(vec![at(4, 1), at(1, 2), at(9, 3), at(4, 4)], " \n\n甲\n乙\n丙\n\n", "甲\n乙\n丙")
            .unwrap();
        let places: Vec<_> = kept.iter().map(|one| (one.after, one.image.file.id.0)).collect();
        assert_eq!(places, [(0, 2), (2, 1), (2, 4), (3, 3)]);
        assert_eq!(kept[0].image.alt, "壶");
        assert_eq!(placed(vec![at(3, 1)], "\n\n", "").unwrap()[0].after, 0);
    }
}
